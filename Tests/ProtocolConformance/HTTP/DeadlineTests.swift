import EngineIO
import EngineNet
import EngineWire
import TestSupport
import Testing

/// Clients that take their time: each part of a request has its own, and what trickles in does not prolong it.
@Suite(.timeLimit(.minutes(5))) struct `HTTP deadlines` {
    private static let short = Duration.seconds(1)
    private static let long = Duration.seconds(60)

    /// Which time is short; the others are long.
    enum Part: Sendable {
        case head
        case body
        case keepAlive

        func set(_ options: inout HTTPServer.Options) {
            options.headTimeout = self == .head ? short : long
            options.bodyTimeout = self == .body ? short : long
            options.keepAliveTimeout = self == .keepAlive ? short : long
        }
    }

    /// Waits longer than the short time.
    private func outwaitShort() async {
        let start = ContinuousClock.now
        _ = await eventually { .now - start > Self.short * 2 }
    }

    /// Sends bytes as a slow line would, one each 10 ms, until the server ends the connection.
    private func trickle(_ bytes: some Sequence<UInt8> & Sendable, over http: HTTPTestClient) async {
        for byte in bytes {
            guard (try? await http.connection.send([byte])) != nil else { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Parts of requests: what comes at once, and what comes byte by byte and never ends.
    struct Slow: Sendable, CustomTestStringConvertible {
        var name: String
        var part: Part
        var atOnce: String
        var unit: String

        var testDescription: String { name }
    }

    private static let post = "POST /x HTTP/1.1\r\nHost: h\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

    static let slow = [
        Slow(name: "a request line", part: .head, atOnce: "", unit: "GET/xxxxxx"),
        Slow(name: "a target", part: .head, atOnce: "GET /", unit: "abcdefghij"),
        Slow(name: "a field", part: .head, atOnce: "GET /x HTTP/1.1\r\nA: ", unit: "abcdefghij"),
        Slow(name: "fields", part: .head, atOnce: "GET /x HTTP/1.1\r\nHost: h\r\n", unit: "A: b\r\n"),
        Slow(
            name: "a body", part: .body, atOnce: post + "Content-Length: 100000\r\n\r\n", unit: "abcdefghij"),
        Slow(name: "a chunk", part: .body, atOnce: chunked + "FFFF\r\n", unit: "abcdefghij"),
        Slow(name: "chunks", part: .body, atOnce: chunked, unit: "1\r\na\r\n"),
        Slow(name: "trailers", part: .body, atOnce: chunked + "0\r\n", unit: "A: b\r\n"),
    ]

    @Test(arguments: slow)
    func `a request that trickles gets 408 when its time is over`(slow: Slow) async throws {
        try await HTTPTestServer.recorder {
            slow.part.set(&$0)
        } test: { server, served in
            let start = ContinuousClock.now
            let http = try await HTTPTestClient.connect(port: server.port)
            try await http.connection.send(slow.atOnce)
            // Ends with the test; half a minute of bytes, which only a deadline can cut short.
            async let trickling: Void = trickle(
                repeatElement(slow.unit.utf8, count: 300).joined(), over: http)
            let responses = try await http.responses()
            #expect(responses.map(\.status) == [408])
            #expect(responses.last?["Connection"] == "close")
            #expect(.now - start >= Self.short - tolerance)
            #expect(served.all == [])
            http.close()
            await trickling
        }
    }

    @Test(arguments: slow)
    func `a request that stops gets 408 when its time is over`(slow: Slow) async throws {
        try await HTTPTestServer.recorder {
            slow.part.set(&$0)
        } test: { server, served in
            let http = try await HTTPTestClient.connect(port: server.port)
            try await http.connection.send(slow.atOnce + slow.unit.prefix(1))
            #expect(try await http.responses().map(\.status) == [408])
            #expect(served.all == [])
        }
    }

    @Test func `a second request has its own time`() async throws {
        try await HTTPTestServer.recorder {
            Part.head.set(&$0)
        } test: { server, served in
            let http = try await HTTPTestClient.connect(port: server.port)
            _ = try await http.get("/first")
            // Between requests the head's time does not run.
            await outwaitShort()
            _ = try await http.get("/second")
            try await http.connection.send("GET /third HTTP/1.1\r\nHo")
            #expect(try await http.responses().map(\.status) == [408])
            #expect(served.all == ["GET /first ", "GET /second "])
        }
    }

    @Test func `the body's time is not the head's`() async throws {
        try await HTTPTestServer.recorder {
            Part.head.set(&$0)
        } test: { server, _ in
            let http = try await HTTPTestClient.connect(port: server.port)
            try await http.connection.send(Self.post + "Content-Length: 5\r\n\r\nhe")
            await outwaitShort()
            try await http.connection.send("llo")
            #expect(try await http.response().status == 200)
        }
    }

    @Test(arguments: [Part.body, .keepAlive])
    func `the head's time is no other`(part: Part) async throws {
        try await HTTPTestServer.recorder {
            part.set(&$0)
        } test: { server, _ in
            let http = try await HTTPTestClient.connect(port: server.port)
            try await http.connection.send("GET /x HTTP/1.1\r\nHo")
            await outwaitShort()
            try await http.connection.send("st: h\r\n\r\n")
            #expect(try await http.response().status == 200)
        }
    }

    @Test func `between requests a connection ends without a word`() async throws {
        try await HTTPTestServer.recorder {
            Part.keepAlive.set(&$0)
        } test: { server, _ in
            let http = try await HTTPTestClient.connect(port: server.port)
            let start = ContinuousClock.now
            _ = try await http.get("/x")
            #expect(try await http.connection.end() == [])
            #expect(.now - start >= Self.short - tolerance)
        }
    }

    @Test func `a connection that never says anything ends without a word`() async throws {
        try await HTTPTestServer.recorder {
            ($0.headTimeout, $0.keepAliveTimeout) = (Self.short, Self.short)
        } test: { server, _ in
            let connection = try await TCPTestClient.connect(port: server.port)
            #expect(try await connection.end() == [])
        }
    }

    @Test func `no time runs while an answer is awaited`() async throws {
        let options = EngineOptions.test {
            ($0.http.headTimeout, $0.http.bodyTimeout, $0.http.keepAliveTimeout) = (
                Self.short, Self.short, Self.short
            )
        }
        try await withEngineServer(options) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await outwaitShort()
            #expect(try await client.post("4still here").text == "ok")
            #expect(try await client.poll().text == "4still here")
        }
    }

    @Test func `no time runs for a WebSocket`() async throws {
        let options = EngineOptions.test {
            ($0.http.headTimeout, $0.http.bodyTimeout, $0.http.keepAliveTimeout) = (
                Self.short, Self.short, Self.short
            )
        }
        try await withEngineServer(options) { _, port in
            let client = try await EngineTestClient.connect(port: port, .webSocket)
            await outwaitShort()
            try await client.send("4still here")
            #expect(try await client.receive() == "4still here")
        }
    }

    @Test func `a hundred slow clients do not keep others out`() async throws {
        try await HTTPTestServer.recorder {
            Part.head.set(&$0)
        } test: { server, _ in
            var slow: [HTTPTestClient] = []
            for _ in 0..<100 {
                let http = try await HTTPTestClient.connect(port: server.port)
                try await http.connection.send("GET /x HTTP/1.1\r\n")
                slow.append(http)
            }
            #expect(try await HTTPTestClient.get(port: server.port, "/x").status == 200)
            for http in slow { #expect(try await http.responses().map(\.status) == [408]) }
        }
    }
}
