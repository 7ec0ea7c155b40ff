import EngineIO
import TestSupport
import Testing

/// What ends a session over a WebSocket.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO WebSocket rules` {
    private let closes = Journal<CloseReason>()

    private func withServer(_ body: (EngineServer, Int) async throws -> Void) async throws {
        let closes = closes
        try await withEngineServer(
            onConnection: { session in
                session.onMessage { session.send($0) }
                session.onClose { closes.append($0) }
            }, test: body)
    }

    static let badPackets: [TestMessage] = ["abc", "", "7", "b!", "\u{0}", "{}", "é"]

    @Test(arguments: badPackets)
    func `an unknown packet ends the session with parse error`(packet: TestMessage) async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send(packet)
            #expect(try await client.end() == [])
            #expect(await closes.waitFor(1) == [.parseError])
        }
    }

    @Test(arguments: badPackets)
    func `an unknown packet does not concern others`(packet: TestMessage) async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send(packet)
            try await expectEngineWorks(port: port)
        }
    }

    @Test func `base64 behind a b is a binary message`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send("bAQID", "b")
            #expect(try await client.receive() == [1, 2, 3])
            #expect(try await client.receive() == [])
        }
    }

    @Test(arguments: ["0", "5", "6", "3", "3x"] as [TestMessage])
    func `a packet that means nothing here is ignored`(packet: TestMessage) async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send(packet, "4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `a close packet ends the session with transport close`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send("1")
            #expect(try await client.end() == [])
            #expect(await closes.waitFor(1) == [.transportClose])
        }
    }

    @Test func `a close frame ends the session with transport close`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.webSocket?.send(frames: .close(code: 1001))
            #expect(await closes.waitFor(1) == [.transportClose])
        }
    }

    @Test func `a connection that ends ends the session with transport close`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            client.close()
            #expect(await closes.waitFor(1) == [.transportClose])
        }
    }

    @Test func `a connection that is reset ends the session with transport close`() async throws {
        // The world's fault, not the protocol's: Node's `ws` reports no error for it either.
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port)
            await server.settle()
            client.webSocket?.connection.reset()
            #expect(await closes.waitFor(1) == [.transportClose])
        }
    }

    @Test func `a broken frame ends the session with transport error`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.webSocket?.connection.send([0xFF, 0xFF, 0xFF])
            #expect(await closes.waitFor(1) == [.transportError])
        }
    }

    @Test func `messages that arrived before the end are delivered`() async throws {
        let heard = Journal<Message>()
        try await withEngineServer {
            $0.onMessage { heard.append($0) }
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port)
            for number in 0..<100 { try await client.send("4\(number)") }
            client.close()
            #expect(await heard.waitFor(100) == (0..<100).map { .text("\($0)") })
        }
    }

    @Test func `messages that come with the handshake are delivered`() async throws {
        try await withServer { _, port in
            let webSocket = try await WebSocketTestClient.connect(
                port: port, "/engine.io/?EIO=4&transport=websocket",
                early: WebSocketTestFrame.text("4soon").bytes)
            #expect(try await webSocket.receive().text.hasPrefix("0{"))
            #expect(try await webSocket.receive() == "4soon")
        }
    }
}
