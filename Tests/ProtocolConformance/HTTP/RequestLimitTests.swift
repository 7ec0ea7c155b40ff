import EngineWire
import TestSupport
import Testing

/// Both sides of every limit that a request may come up against, and floods that stay below all of them.
@Suite(.timeLimit(.minutes(5))) struct `HTTP request limits` {
    private static let limits = HTTPLimits()

    private static func letters(_ count: Int) -> String { String(repeating: "a", count: count) }

    /// A request whose first line has `count` bytes.
    private static func line(_ count: Int, _ outcome: RequestRow.Outcome) -> RequestRow {
        RequestRow(
            "a request line of \(count)", "GET /\(letters(count - 14)) HTTP/1.1\r\nHost: h\r\n\r\n", outcome)
    }

    /// A request whose head has `count` bytes.
    private static func head(_ count: Int, _ outcome: RequestRow.Outcome) -> RequestRow {
        let start = "GET /x HTTP/1.1\r\nHost: h\r\n"
        return RequestRow(
            "a head of \(count)", start + "A: \(letters(count - start.utf8.count - 7))\r\n\r\n", outcome)
    }

    /// A request with `count` header fields.
    private static func fields(_ count: Int, _ outcome: RequestRow.Outcome) -> RequestRow {
        RequestRow(
            "\(count) fields",
            "GET /x HTTP/1.1\r\nHost: h\r\n\(String(repeating: "A: b\r\n", count: count - 1))\r\n", outcome)
    }

    private static func chunked(_ name: String, _ chunks: String, _ outcome: RequestRow.Outcome) -> RequestRow
    {
        RequestRow(
            name, "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, outcome)
    }

    private static let post = "POST /x HTTP/1.1\r\nHost: h\r\n"

    static let rows = [
        line(8_000, .served("GET /\(letters(7_986)) ")), line(8_001, .refused(414)),
        line(16_000, .refused(414)),
        head(16_384, .served("GET /x ")), head(16_385, .refused(431)), head(100_000, .refused(431)),
        fields(100, .served("GET /x ")), fields(101, .refused(431)), fields(2_000, .refused(431)),
        RequestRow("a method of 20,000", "\(letters(20_000)) / HTTP/1.1\r\nHost: h\r\n\r\n", .refused(431)),
        RequestRow("a line without an end", "GET /\(letters(20_000))", .refused(431)),
        RequestRow(
            "a head without an end", "GET / HTTP/1.1\r\n\(String(repeating: "A: b\r\n", count: 4_000))",
            .refused(431)),
        RequestRow("a name without an end", "GET / HTTP/1.1\r\n\(letters(20_000))", .refused(431)),
        RequestRow(
            "a body of 1,000,000", post + "Content-Length: 1000000\r\n\r\n\(letters(1_000_000))",
            .served("POST /x \(letters(1_000_000))")),
        RequestRow(
            "a body of 1,000,001", post + "Content-Length: 1000001\r\n\r\n\(letters(1_000_001))",
            .refused(413)),
        chunked(
            "a chunk of 1,000,000", "F4240\r\n\(letters(1_000_000))\r\n0\r\n\r\n",
            .served("POST /x \(letters(1_000_000))")),
        chunked("a chunk of 1,000,001", "F4241\r\n", .refused(413)),
        chunked("chunks of 999,999 and 2", "F423F\r\n\(letters(999_999))\r\n2\r\n", .refused(413)),
        chunked("a chunk's line of 255", "5;\(letters(253))\r\nhello\r\n0\r\n\r\n", .served("POST /x hello")),
        chunked("a chunk's line of 256", "5;\(letters(254))\r\nhello\r\n0\r\n\r\n", .refused(431)),
        chunked("a chunk's line without an end", "5;\(letters(20_000))", .refused(431)),
        chunked("trailers of 10,000", "0\r\nA: \(letters(10_000))\r\n\r\n", .served("POST /x ")),
        chunked("a trailer of 20,000", "0\r\nA: \(letters(20_000))\r\n\r\n", .refused(431)),
        chunked("many trailers", "0\r\n\(String(repeating: "A: b\r\n", count: 4_000))\r\n", .refused(431)),
        chunked("a trailer without an end", "0\r\n\(letters(20_000))", .refused(431)),
    ]

    @Test(arguments: rows)
    func `hold exactly`(row: RequestRow) async throws { try await row.play() }

    @Test func `may be chosen`() async throws {
        var limits = HTTPLimits()
        (limits.requestLine, limits.head, limits.fieldCount, limits.body) = (40, 100, 3, 5)
        for row in [
            Self.line(40, .served("GET /\(Self.letters(26)) ")), Self.line(41, .refused(414)),
            Self.head(100, .served("GET /x ")), Self.head(101, .refused(431)),
            Self.fields(3, .served("GET /x ")), Self.fields(4, .refused(431)),
            RequestRow("", Self.post + "Content-Length: 5\r\n\r\nhello", .served("POST /x hello")),
            RequestRow("", Self.post + "Content-Length: 6\r\n\r\nhello!", .refused(413)),
        ] { try await row.play(limits: limits) }
    }

    // MARK: Floods

    @Test func `thousands of requests in one write are served in their order`() async throws {
        try await HTTPTestServer.recorder { server, served in
            let http = try await HTTPTestClient.connect(port: server.port)
            async let responses = http.responses()
            try await http.connection.send((0..<3_000).flatMap { HTTPTestClient.bytes("GET", "/\($0)") })
            http.connection.finishSending()
            #expect(try await responses.map(\.text) == (0..<3_000).map { "/\($0)" })
            #expect(served.all == (0..<3_000).map { "GET /\($0) " })
        }
    }

    @Test func `a body in tens of thousands of chunks is one body`() async throws {
        let chunks = String(repeating: "1\r\na\r\n", count: 50_000)
        try await Self.chunked("", chunks + "0\r\n\r\n", .served("POST /x \(Self.letters(50_000))")).play()
    }

    @Test func `a refused flood is read to its end, so that its answer arrives`() async throws {
        // Closing with bytes unread would reset the connection and take the answer with it.
        try await HTTPTestServer.recorder { server, served in
            let http = try await HTTPTestClient.connect(port: server.port)
            async let responses = http.responses()
            try? await http.connection.send(
                "GET / HTTP/1.1\r\nHost: h\r\nA: \(Self.letters(3_000_000))\r\n\r\n")
            #expect(try await responses.map(\.status) == [431])
            #expect(served.all == [])
        }
    }
}
