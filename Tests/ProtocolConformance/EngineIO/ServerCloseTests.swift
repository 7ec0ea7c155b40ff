import EngineIO
import TestSupport
import Testing

/// Rows S1 and H12: the server ends a session, or all.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO close by the server` {
    private let closes = Journal<CloseReason>()

    /// Runs a server whose sessions close when they are told so.
    private func withServer(
        _ options: EngineOptions = .test(), discarding: Bool = false,
        _ body: (EngineServer, Int) async throws -> Void
    ) async throws {
        let closes = closes
        try await withEngineServer(
            options,
            onConnection: { session in
                session.onMessage { message in
                    session.send(message)
                    session.close(discarding: discarding)
                    session.send("too late")
                }
                session.onClose { closes.append($0) }
            }, test: body)
    }

    @Test(arguments: Transport.allCases)
    func `what was sent before leaves first`(transport: Transport) async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            try await client.send("4last words")
            #expect(
                try await client.end() == (transport == .polling ? ["4last words", "1"] : ["4last words"]))
        }
    }

    @Test(arguments: Transport.allCases, [false, true])
    func `the handler hears forced close`(transport: Transport, discarding: Bool) async throws {
        try await withServer(discarding: discarding) { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            try await client.send("4now")
            _ = try await client.end()
            #expect(await closes.waitFor(1) == [.forcedClose])
        }
    }

    // `socket.io-client` acts on a close packet at once, and on a message only behind the payload that it is in: a
    // close packet in the same one would come first.

    @Test func `a pending poll brings the last messages, the next one the close packet`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            _ = try await client.post("4bye")
            #expect(try await client.poll().text == "4bye")
            #expect(try await client.poll().text == "1")
        }
    }

    @Test func `without a pending poll both wait for the next ones`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post("4bye")
            #expect(closes.count == 0)
            #expect(try await client.poll().text == "4bye")
            #expect(try await client.poll().text == "1")
        }
    }

    @Test func `the close packet does not wait longer than closeTimeout`() async throws {
        try await withServer(.test { $0.closeTimeout = .milliseconds(50) }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post("4bye")
            #expect(await closes.waitFor(1) == [.forcedClose])
            #expect(try await client.poll().status == 400)
        }
    }

    @Test func `a forced close answers a pending poll at once`() async throws {
        try await withServer(discarding: true) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            _ = try await client.post("4bye")
            #expect(try await client.poll().text == "1")
        }
    }

    @Test func `over a WebSocket a close frame comes before the connection's end`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send("4bye")
            let frames = try #require(try await client.webSocket?.end())
            #expect(frames.map(\.opcode) == [0x1, 0x8])
        }
    }

    // MARK: The whole server

    @Test(arguments: [1, 2])
    func `a server that closes ends all its sessions`(loops: Int) async throws {
        try await withServer(.test(loops: loops)) { server, port in
            var clients: [EngineTestClient] = []
            for number in 0..<20 {
                let transport: Transport = number % 2 == 0 ? .polling : .webSocket
                let client = try await EngineTestClient.connect(port: port, transport)
                if transport == .polling { try await client.startPoll() }
                clients.append(client)
            }
            await server.settle()
            async let closing: Void = server.closeInTest()
            for client in clients {
                #expect(try await client.end() == (client.webSocket == nil ? ["1"] : []))
            }
            await closing
            #expect(closes.all == Array(repeating: .forcedClose, count: 20))
        }
    }

    @Test(arguments: [1, 2])
    func `a server that closes takes no more connections`(loops: Int) async throws {
        try await withServer(.test(loops: loops)) { server, port in
            await server.closeInTest(grace: .zero)
            await #expect(throws: (any Error).self) {
                try await HTTPTestClient.get(port: port, "/engine.io/?EIO=4&transport=polling")
            }
        }
    }

    @Test func `a polling client that does not poll does not hold up the server's end`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            await server.closeInTest(grace: .milliseconds(50))
            #expect(closes.all == [.forcedClose])
            client.close()
        }
    }

    @Test func `closing twice is harmless`() async throws {
        try await withServer { server, _ in
            await server.closeInTest(grace: .zero)
            let isDone = Journal<Bool>()
            Task {
                await server.close(grace: .zero)
                isDone.append(true)
            }
            #expect(await eventually(within: .seconds(3)) { isDone.count == 1 })
        }
    }
}
