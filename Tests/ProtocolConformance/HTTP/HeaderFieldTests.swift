import TestSupport
import Testing

/// RFC 9112 section 5 and RFC 9110 section 5: header fields.
@Suite(.timeLimit(.minutes(5))) struct `HTTP header fields` {
    private static let served = RequestRow.Outcome.served("GET /x ")

    /// A request with these lines behind its `Host`.
    private static func field(_ lines: String, _ outcome: RequestRow.Outcome) -> RequestRow {
        RequestRow(lines.debugDescription, "GET /x HTTP/1.1\r\nHost: h\r\n\(lines)\r\n\r\n", outcome)
    }

    static let shapes = [
        field("A: b", served), field("A:b", served), field("A:", served), field("A: ", served),
        field("A:\tb\t", served), field("A: b\tc d", served), field("A: :::", served),
        field("A: b\r\nA: b", served),
        field("!#$%&'*+-.^_`|~09: b", served), field("A: é→🙂", served),
        field("A", .refused(400)), field("A b", .refused(400)), field(": b", .refused(400)),
        field(":", .refused(400)),
        field("A : b", .refused(400)), field("A\t: b", .refused(400)), field("A B: c", .refused(400)),
        field(" A: b", .refused(400)), field("\tA: b", .refused(400)), field("A: b\r\n c", .refused(400)),
        field("A: b\r\n\tc", .refused(400)), field("A: b\r\n ", .refused(400)),
        field("A:\r\n b", .refused(400)),
        field("A: b\r\n\t\r\nC: d", .refused(400)), field("A: b\nC: d", .refused(400)),
        field("A: b\rC: d", .refused(400)),
        field("A: b\r\r\nC: d", .refused(400)), field("A: b\n\r\nC: d", .refused(400)),
        field("A: b\n", .refused(400)),
        field("A: b\r", .refused(400)), field("A\r: b", .refused(400)), field("A\n: b", .refused(400)),
        field("é: b", .refused(400)), field("(A): b", .refused(400)), field("A=b", .refused(400)),
    ]

    /// A request with these lines and no other.
    private static func host(_ lines: String, _ outcome: RequestRow.Outcome) -> RequestRow {
        RequestRow(lines.debugDescription, "GET /x HTTP/1.1\r\n\(lines)\r\n", outcome)
    }

    static let hosts = [
        host("Host: h\r\n", served), host("host:h\r\n", served), host("HOST: h:8080\r\n", served),
        host("Host: [::1]:80\r\n", served), host("Host: 127.0.0.1\r\n", served), host("Host:\r\n", served),
        host("", .refused(400)), host("A: b\r\n", .refused(400)),
        host("Host: h\r\nHost: h\r\n", .refused(400)),
        host("Host: h\r\nA: b\r\nhost: i\r\n", .refused(400)), host("Host : h\r\n", .refused(400)),
        host(" Host: h\r\n", .refused(400)), host("Host\r\n", .refused(400)),
        host("Host: h\u{0}\r\n", .refused(400)),
        host("X-Host: h\r\n", .refused(400)),
        RequestRow("a whole URL without Host", "GET http://h/x HTTP/1.1\r\n\r\n", .refused(400)),
        RequestRow("HTTP/1.0 without Host", "GET /x HTTP/1.0\r\n\r\n", .servedLast("GET /x ")),
        RequestRow("HTTP/1.0, two hosts", "GET /x HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n", .refused(400)),
    ]

    static let connections = [
        field("Connection: close", .servedLast("GET /x ")), field("connection:CLOSE", .servedLast("GET /x ")),
        field("Connection: a, close ,b", .servedLast("GET /x ")),
        field("Connection: a\r\nConnection: close", .servedLast("GET /x ")),
        field("Connection: closed", served),
        field("Connection: keep-alive", served), field("Connection:", served),
        field("Connection: ,,,", served),
    ]

    static let expectations = [
        RequestRow(
            "100-continue, the body at once",
            "POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
            .served("POST /x hello")),
        RequestRow(
            "100-Continue, chunks at once",
            "POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            .served("POST /x hello")),
        field("Expect: 100-continue", served), field("Expect: 100-continue\r\nExpect: 100-continue", served),
        field("Expect: 100", .refused(417)), field("Expect: 100-continue, x", .refused(417)),
        field("Expect: x", .refused(417)), field("Expect:", .refused(417)),
        field("Expect: 100-continue\r\nExpect: x", .refused(417)),
        field("Expect: 100-continue\r\nContent-Length: 1000001", .refused(413)),
    ]

    @Test(arguments: shapes + hosts + connections + expectations, [false, true])
    func `have a name, a colon and a value`(row: RequestRow, byteByByte: Bool) async throws {
        try await row.play(byteByByte: byteByByte)
    }

    // MARK: Every byte

    /// The status that a request with these header lines gets.
    private func status(_ lines: [UInt8], port: Int) async throws -> Int {
        let http = try await HTTPTestClient.connect(port: port)
        try await http.connection.send(
            Array("GET / HTTP/1.1\r\nHost: h\r\n".utf8) + lines
                + Array("\r\nConnection: close\r\n\r\n".utf8))
        return try await http.responses().first?.status ?? 0
    }

    @Test func `have names of token characters only`() async throws {
        let token = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        try await HTTPTestServer.recorder { server, _ in
            for byte in UInt8.min ... .max where byte != UInt8(ascii: ":") {
                let lines = Array("X".utf8) + [byte] + Array("Y: z".utf8)
                let got = try await status(lines, port: server.port)
                #expect(got == (token.contains(byte) ? 200 : 400), "byte \(byte)")
            }
        }
    }

    @Test func `have values without control characters`() async throws {
        try await HTTPTestServer.recorder { server, _ in
            for byte in UInt8.min ... .max {
                let lines = Array("X: y".utf8) + [byte] + Array("z".utf8)
                let isAllowed = byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
                let got = try await status(lines, port: server.port)
                #expect(got == (isAllowed ? 200 : 400), "byte \(byte)")
            }
        }
    }

    // MARK: Leave to send

    @Test(arguments: ["100-continue", "100-Continue"])
    func `may ask for leave, which is given once`(value: String) async throws {
        try await HTTPTestServer.recorder { server, served in
            let http = try await HTTPTestClient.connect(port: server.port)
            try await http.connection.send(
                "POST /x HTTP/1.1\r\nHost: h\r\nExpect: \(value)\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
            )
            let leave = try await http.response(hasBody: false)
            #expect(leave.status == 100)
            for byte in "hello".utf8 {
                try await http.connection.send([byte])
                await server.settle()
            }
            #expect(try await http.response().status == 200)
            #expect(try await http.connection.end() == [])
            #expect(served.all == ["POST /x hello"])
        }
    }

    @Test func `of HTTP 1.0 get no leave`() async throws {
        try await HTTPTestServer.recorder { server, served in
            let http = try await HTTPTestClient.connect(port: server.port)
            try await http.connection.send(
                "POST /x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            await server.settle()
            try await http.connection.send("hello")
            #expect(try await http.response().status == 200)
            #expect(served.all == ["POST /x hello"])
        }
    }
}
