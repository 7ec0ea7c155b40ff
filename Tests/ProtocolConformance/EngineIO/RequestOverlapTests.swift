import EngineIO
import TestSupport
import Testing

/// Rows H8 to H12: requests of one session at once, or cut off.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO requests that overlap` {
    private let closes = Journal<CloseReason>()

    private func withServer(
        _ options: EngineOptions = .test(), _ body: (EngineServer, Int) async throws -> Void
    ) async throws {
        let closes = closes
        try await withEngineServer(options) { session in
            session.onMessage { message in
                session.send(message)
                if message == .text("close") { session.close() }
            }
            session.onClose { closes.append($0) }
        } test: {
            try await body($0, $1)
        }
    }

    /// Sends a POST's head and a part of its body.
    private func beginPost(_ client: EngineTestClient, _ server: EngineServer) async throws -> HTTPTestClient
    {
        let http = try await HTTPTestClient.connect(port: client.port)
        try await http.connection.send(
            "POST \(client.target()) HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n4abc")
        await server.settle()
        return http
    }

    private static let refused = """
        HTTP/1.1 400 Bad Request
        Content-Length: 0
        Connection: keep-alive


        """

    // MARK: POST

    @Test(arguments: [1, 2])
    func `a second POST while the first arrives gets 400 and ends the session`(loops: Int) async throws {
        try await withServer(.test(loops: loops)) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let first = try await beginPost(client, server)
            let second = try await HTTPTestClient.request(
                port: port, "POST", client.target(), body: Array("4x".utf8))
            #expect(second.statusLine == "HTTP/1.1 400 Bad Request")
            #expect(second.body == [])
            #expect(await closes.waitFor(1) == [.transportError])
            // Node destroys the first; what it gets besides the end is of no account.
            let rest = String(decoding: try await first.connection.end(), as: UTF8.self)
            #expect(rest.isEmpty || rest.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        }
    }

    @Test(arguments: [false, true])
    func `a POST whose connection ends in its middle ends the session`(isReset: Bool) async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await beginPost(client, server)
            if isReset { http.connection.reset() } else { http.close() }
            #expect(await closes.waitFor(1) == [.transportError])
            let answer = try await HTTPTestClient.get(port: port, client.target())
            #expect(answer.text == #"{"code":1,"message":"Session ID unknown"}"#)
        }
    }

    @Test func `a POST in progress does not hold up the end of its session or of the server`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await beginPost(client, server)
            await server.closeInTest(grace: .milliseconds(50))
            #expect(closes.all == [.forcedClose])
            _ = try await http.connection.end()
        }
    }

    @Test func `POSTs one after the other on one connection do not overlap`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await HTTPTestClient.connect(port: port)
            let posts = (0..<10).flatMap {
                HTTPTestClient.bytes("POST", client.target(), body: Array("4\($0)".utf8))
            }
            try await http.connection.send(posts)
            for _ in 0..<10 { #expect(try await http.response().text == "ok") }
            #expect(try await client.receive(10) == (0..<10).map { .text("4\($0)") })
        }
    }

    // MARK: GET

    @Test func `a second GET while the first waits gets an empty 400`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            let second = try await HTTPTestClient.get(port: port, client.target())
            #expect(second.whole == Self.refused)
            #expect(try await client.poll().text == "1")
            #expect(await closes.waitFor(1) == [.transportError])
        }
    }

    // MARK: Other methods and bodies

    @Test(arguments: ["PUT", "OPTIONS", "DELETE"])
    func `another method gets an empty 500`(method: String) async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let answer = try await HTTPTestClient.request(port: port, method, client.target())
            let expected = Self.refused.replacing("400 Bad Request", with: "500 Internal Server Error")
            #expect(answer.whole == expected)
        }
    }

    @Test(arguments: ["Content-Length: 1001\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3E9\r\n"])
    func `a body that is too large is refused before it comes, and the session stays`(head: String)
        async throws
    {
        try await withServer(.test { $0.maxPayload = 1_000 }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send("POST \(client.target()) HTTP/1.1\r\nHost: h\r\n\(head)")
            #expect(try await http.response().statusLine == "HTTP/1.1 413 Payload Too Large")
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
            #expect(closes.count == 0)
        }
    }

    @Test func `every request may ask for the end of its connection`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(
                port: port, .polling, fields: ["Connection: close"], usesFreshConnections: true)
            for number in 0..<3 {
                let http = try await HTTPTestClient.connect(port: port)
                let posted = try await http.request(
                    "POST", client.target(), fields: ["Connection: close"], body: Array("4\(number)".utf8))
                #expect(posted["Connection"] == "close")
                #expect(try await http.connection.end() == [])
                #expect(try await client.poll().whole.hasSuffix("Connection: close\n\n4\(number)"))
            }
        }
    }

    @Test(arguments: ["{", "{}", #"["a123", "a456"]"#, "a123"])
    func `a payload of another protocol gets 400 and ends the session with parse error`(payload: String)
        async throws
    {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(try await client.post(payload).whole == Self.refused)
            #expect(await closes.waitFor(1) == [.parseError])
        }
    }

    @Test func `a megabyte in one POST is delivered`() async throws {
        try await withServer(.test { $0.maxPayload = 2_000_000 }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let text = TestMessage.text("4" + String(repeating: "a", count: 1_000_000))
            try await client.send(text)
            #expect(try await client.receive() == text)
        }
    }

    // MARK: The end

    @Test func `three messages at once leave in one answer, the close behind them in the next`() async throws
    {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            _ = try await client.post("4a\u{1E}4b\u{1E}4close")
            #expect(try await client.poll().text == "4a\u{1E}4b\u{1E}4close")
            #expect(try await client.poll().text == "1")
        }
    }

    @Test func `three messages and a close leave a WebSocket before its close frame`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send("4a", "4b", "4close")
            #expect(try await client.end() == ["4a", "4b", "4close"])
            #expect(await closes.waitFor(1) == [.forcedClose])
        }
    }

    @Test func `a session that closes without a poll can still time out`() async throws {
        // GH-198 of engine.io: the wait for a poll must not stop the heartbeat.
        let options = EngineOptions.test {
            $0.pingInterval = .milliseconds(30)
            $0.pingTimeout = .milliseconds(30)
        }
        try await withServer(options) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post("4close")
            #expect(await closes.waitFor(1) == [.pingTimeout])
        }
    }
}
