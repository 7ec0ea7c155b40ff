import EngineIO
import TestSupport
import Testing

/// Rows H8, H10, H11, H12, H14, C3: what ends a session over polling, and what does not.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO polling rules` {
    /// Reasons that sessions ended for.
    private let closes = Journal<CloseReason>()

    /// Runs a server that sends every message back and notes why its sessions end.
    private func withServer(_ body: (EngineServer, Int) async throws -> Void) async throws {
        let closes = closes
        try await withEngineServer(
            onConnection: { session in
                session.onMessage { session.send($0) }
                session.onClose { closes.append($0) }
            }, test: body)
    }

    /// Checks that a session's requests are refused: it is gone.
    private func expectGone(_ client: EngineTestClient, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        let answer = try await HTTPTestClient.get(port: client.port, client.target())
        #expect(
            answer.text == #"{"code":1,"message":"Session ID unknown"}"#, sourceLocation: sourceLocation)
    }

    // MARK: Requests

    @Test func `a body of octets gets 400 without a body`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let response = try await HTTPTestClient.request(
                port: port, "POST", client.target(), fields: ["Content-Type: application/octet-stream"],
                body: [0x34])
            #expect(response.statusLine == "HTTP/1.1 400 Bad Request")
            #expect(response.body == [])
        }
    }

    @Test func `a body of octets ends the session with transport error`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await HTTPTestClient.request(
                port: port, "POST", client.target(), fields: ["Content-Type: application/octet-stream"],
                body: [0x34])
            #expect(await closes.waitFor(1) == [.transportError])
            try await expectGone(client)
        }
    }

    @Test(arguments: ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW"])
    func `another method gets 500 and the session goes on`(method: String) async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let response = try await HTTPTestClient.request(port: port, method, client.target())
            #expect(response.statusLine == "HTTP/1.1 500 Internal Server Error")
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    // MARK: Polls

    @Test(arguments: [1, 2])
    func `of two polls at once one gets the close packet and one 400`(loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            let second = try await HTTPTestClient.get(port: port, client.target())
            #expect(second.status == 400)
            let first = try await client.poll()
            #expect(first.status == 200)
            #expect(first.text == "1")
        }
    }

    @Test func `two polls at once end the session with transport error`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            _ = try await HTTPTestClient.get(port: port, client.target())
            #expect(await closes.waitFor(1) == [.transportError])
            try await expectGone(client)
        }
    }

    @Test func `a dropped poll ends the session with transport error`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            client.dropPoll()
            // Node: `onError("poll connection closed prematurely")`.
            #expect(await closes.waitFor(1) == [.transportError])
        }
    }

    @Test(arguments: [1, 2])
    func `the session of a dropped poll is gone`(loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            client.dropPoll()
            #expect(await eventually { await server.sessionCount() == 0 })
            try await expectGone(client)
        }
    }

    @Test func `a connection that ends between polls does not end the session`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            for number in 0..<5 {
                client.close()
                await server.settle()
                let http = try await HTTPTestClient.connect(port: port)
                let posted = try await http.request("POST", client.target(), body: Array("4\(number)".utf8))
                #expect(posted.text == "ok")
                #expect(try await http.get(client.target()).text == "4\(number)")
                http.close()
            }
        }
    }

    // MARK: Close packets

    @Test(arguments: [1, 2])
    func `a close packet answers the pending poll with a noop`(loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            #expect(try await client.post("1").text == "ok")
            let answer = try await client.poll()
            #expect(answer.status == 200)
            #expect(answer.text == "6")
        }
    }

    @Test func `a close packet ends the session with transport close`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(try await client.post("1").text == "ok")
            #expect(await closes.waitFor(1) == [.transportClose])
            try await expectGone(client)
        }
    }

    @Test func `a payload that ends with a close packet is a good request`() async throws {
        // What the JavaScript client sends when it leaves: `41`, then `1`, in one payload.
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let response = try await client.post("4bye\u{1E}1")
            #expect(response.status == 200)
            #expect(response.text == "ok")
        }
    }

    @Test func `packets before a close packet are delivered`() async throws {
        let heard = Journal<Message>()
        try await withEngineServer {
            $0.onMessage { heard.append($0) }
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post("4a\u{1E}4b\u{1E}1\u{1E}4c")
            #expect(await heard.waitFor(2) == [.text("a"), .text("b")])
        }
    }

    // MARK: Bad packets

    static let badPayloads: [[UInt8]] = [
        Array("abc".utf8), Array("7".utf8), Array("".utf8), Array("4a\u{1E}".utf8), Array("\u{1E}".utf8),
        Array("4a\u{1E}x".utf8), Array("b!".utf8), Array("bA".utf8), Array("bAQID\u{1E}bAQ*D".utf8),
        [0x34, 0xFF], [0x34, 0xC3], [0x00], [0xFF, 0xFF],
    ]

    @Test(arguments: badPayloads)
    func `a payload that cannot be read gets 400`(payload: [UInt8]) async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(try await client.post(payload).status == 400)
        }
    }

    @Test(arguments: badPayloads)
    func `a payload that cannot be read ends the session with parse error`(payload: [UInt8]) async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post(payload)
            #expect(await closes.waitFor(1) == [.parseError])
            try await expectGone(client)
        }
    }

    @Test(arguments: badPayloads)
    func `a payload that cannot be read does not concern others`(payload: [UInt8]) async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post(payload)
            try await expectEngineWorks(port: port)
        }
    }

    @Test func `the packets of a payload up to the first bad one are delivered`() async throws {
        let heard = Journal<Message>()
        try await withEngineServer {
            $0.onMessage { heard.append($0) }
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post("4a\u{1E}4b\u{1E}?\u{1E}4c")
            #expect(heard.all == [.text("a"), .text("b")])
        }
    }

    @Test func `a pending poll of a session that breaks the protocol gets the close packet`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            _ = try await client.post("abc")
            #expect(try await client.poll().text == "1")
        }
    }
}
