import EngineIO
import SocketIO
import Synchronization
import TestSupport
import Testing

/// What is over is let go: sessions, sockets and servers leave no memory behind.
@Suite(.timeLimit(.minutes(5))) struct `Lifetimes` {
    /// Objects that a test watches without keeping them.
    private final class Watched: Sendable {
        private struct Reference {
            weak var object: AnyObject?
        }

        private let references = Mutex<[Reference]>([])

        func add(_ object: some AnyObject & Sendable) {
            references.withLock { $0.append(Reference(object: object)) }
        }

        var count: Int { references.withLock { $0.count } }
        var alive: Int { references.withLock { $0.count { $0.object != nil } } }
    }

    private let watched = Watched()

    enum Ending: CaseIterable {
        case closePacket, lostConnection, badPacket, upgradeAndLost, failedUpgrade
    }

    @Test(arguments: Ending.allCases)
    func `a session that is over`(ending: Ending) async throws {
        let watched = watched
        try await withEngineServer { session in
            watched.add(session)
            session.onMessage { session.send($0) }
            session.onClose { _ in session.send("too late") }
        } test: { server, port in
            let transport: Transport = ending == .lostConnection ? .webSocket : .polling
            let client = try await EngineTestClient.connect(port: port, transport)
            try await client.send("4hello")
            switch ending {
            case .closePacket: try await client.send("1")
            case .lostConnection: client.close()
            case .badPacket: try? await client.send("nonsense")
            case .upgradeAndLost:
                try await client.upgrade()
                client.close()
            case .failedUpgrade:
                let candidate = try await client.openCandidate()
                try await candidate.send("2probe")
                try await client.send("1")
            }
            #expect(await eventually { await server.sessionCount() == 0 })
            #expect(await eventually { watched.alive == 0 })
            #expect(watched.count == 1)
        }
    }

    enum Leaving: CaseIterable {
        case packet, lostConnection, badPacket, server, shutdown
    }

    @Test(arguments: Leaving.allCases)
    func `a socket whose handlers hold it`(leaving: Leaving) async throws {
        let watched = watched
        try await withSocketServer { server in
            server.root.use { socket in watched.add(socket) }
            server.onConnection { socket in
                socket.join("room")
                socket.on("echo") { event in socket.emit("echo", event.arguments) }
                socket.on("later") { (event: ReceivedEvent) async throws in
                    socket.emit("later", event.arguments)
                }
                socket.onAny { _ in _ = socket.rooms }
                socket.onDisconnect { _ in socket.leave("room") }
            }
        } test: { server, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.emit("echo")
            try await client.emit("later")
            _ = try await client.receive(2)
            switch leaving {
            case .packet: try await client.send("41")
            case .lostConnection: client.close()
            case .badPacket: try await client.send("4nonsense")
            case .server: server.root.everyone.disconnectSockets()
            case .shutdown: await server.closeInTest(grace: .zero)
            }
            #expect(await eventually { watched.alive == 0 })
            #expect(watched.count == 1)
        }
    }

    @Test func `a socket whose events' arguments are kept`() async throws {
        let watched = watched
        let kept = Journal<EventArguments>()
        try await withSocketServer { server in
            server.onConnection { socket in
                watched.add(socket)
                socket.on("keep") { event in
                    kept.append(event.arguments)
                    try event.ack?.send()
                }
            }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.send(#"420["keep","this"]"#)
            _ = try await client.receive()
            client.close()
            #expect(await eventually { watched.alive == 0 })
            #expect(watched.count == 1 && kept.all[0][0] == "this")
        }
    }

    @Test func `a socket that was refused`() async throws {
        let watched = watched
        try await withSocketServer { server in
            server.root.use { socket in
                watched.add(socket)
                socket.on("never") { _ in _ = socket.id }
                throw ConnectionRefused("no")
            }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            _ = try await client.receive()
            #expect(await eventually { watched.alive == 0 })
            #expect(watched.count == 1)
        }
    }

    @Test func `a socket whose client goes while a middleware is asked`() async throws {
        let watched = watched
        let gate = Gate()
        try await withSocketServer { server in
            server.root.use { socket in
                watched.add(socket)
                socket.join("room")
                socket.on("never") { _ in _ = socket.id }
                socket.onAnyOutgoing { _, _ in _ = socket.id }
                await gate.pass()
            }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            #expect(await eventually { gate.waitingCount == 1 })
            client.close()
            #expect(await eventually { await server.engine.sessionCount() == 0 })
            gate.open()
            #expect(await eventually { watched.alive == 0 })
            #expect(watched.count == 1)
            #expect(try await server.in("room").fetchSockets().isEmpty)
        }
    }

    @Test(arguments: [1, 2])
    func `a server that has closed`(loops: Int) async throws {
        let watched = watched
        try await withSocketServer(.test(loops: loops)) { server in
            watched.add(server)
            watched.add(server.engine)
            for loop in server.engine.http.group.loops { watched.add(loop) }
        } test: { server, port in
            for transport in Transport.allCases {
                _ = try await SocketTestClient.connect(port: port, transport)
            }
        }
        #expect(await eventually { watched.alive == 0 })
        #expect(watched.count == 2 + loops)
    }
}
