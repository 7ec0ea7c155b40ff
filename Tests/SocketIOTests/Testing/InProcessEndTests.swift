import SocketIO
import Synchronization
import TestSupport
import Testing

/// How connections of clients in the server's process end, and how they come back.
@Suite(.timeLimit(.minutes(5))) struct `The end of clients in the server's process` {
    private let reasons = Journal<DisconnectReason>()
    private let sockets = Journal<Socket>()

    /// A server that notes its sockets and why they are disconnected.
    private func withServer(
        _ options: SocketOptions = .test(), test: (SocketServer) async throws -> Void
    ) async throws {
        let (sockets, reasons) = (sockets, reasons)
        try await withLocalServer(options) { server in
            server.onConnection { socket in
                sockets.append(socket)
                socket.onDisconnect { (reason: DisconnectReason) in reasons.append(reason) }
            }
        } test: {
            try await test($0)
        }
    }

    enum Ending: CaseIterable {
        case server, serverConnection, client, close, lose, loseSilently, shutdown

        var expected: (client: ClientDisconnectReason, server: DisconnectReason) {
            switch self {
            case .server, .serverConnection: (.serverDisconnect, .serverNamespaceDisconnect)
            case .client: (.clientDisconnect, .clientNamespaceDisconnect)
            case .close: (.forcedClose, .transportClose)
            case .lose: (.transportClose, .transportClose)
            case .loseSilently: (.pingTimeout, .pingTimeout)
            case .shutdown: (.transportClose, .serverShuttingDown)
            }
        }
    }

    @Test(arguments: Ending.allCases)
    func `both sides hear the reason`(ending: Ending) async throws {
        try await withServer { server in
            let client = try await server.connectInProcess()
            switch ending {
            case .server: sockets.all[0].disconnect()
            case .serverConnection: server.disconnectSockets(close: true)
            case .client: client.disconnect()
            case .close: client.close()
            case .lose: client.lose()
            case .loseSilently: client.lose(.pingTimeout)
            case .shutdown: await server.closeInTest()
            }
            #expect(try await client.closed() == ending.expected.client)
            #expect(await reasons.waitFor(1) == [ending.expected.server])
            #expect(await eventually { await server.engine.sessionCount() == 0 })
            #expect(!client.isConnected)
            #expect(throws: InProcessError.self) { try client.emit("late") }
        }
    }

    @Test func `what came before the end can still be read`() async throws {
        try await withServer { server in
            let client = try await server.connectInProcess()
            try sockets.all[0].emit("last", 1)
            sockets.all[0].disconnect(close: true)
            try await client.closed()
            #expect(try await client.next("last", Int.self) == 1)
            await #expect(throws: InProcessError.disconnected(.serverDisconnect, details: nil)) {
                try await client.next("last")
            }
        }
    }

    @Test func `waits end with the connection`() async throws {
        try await withServer { server in
            let client = try await server.connectInProcess()
            let event = Task { try await client.next("never", within: .seconds(60)) }
            let answer = Task { try await client.emitWithAck("never", timeout: .seconds(60)) }
            await client.settled()
            client.lose()
            let lost = InProcessError.disconnected(.transportClose, details: nil)
            await #expect(throws: lost) { try await event.value }
            await #expect(throws: lost) { try await answer.value }
        }
    }

    @Test func `the server's wait for an answer ends with the connection`() async throws {
        try await withServer { server in
            let client = try await server.connectInProcess()
            let socket = sockets.all[0]
            let answer = Task { try await socket.emitWithAck("question", timeout: .seconds(60)) }
            _ = try await client.next("question")
            client.close()
            await #expect(throws: AckError.disconnected) { try await answer.value }
        }
    }

    @Test func `a client that stays costs the wait for its end`() async throws {
        try await withServer { server in
            let client = try await server.connectInProcess()
            await #expect(throws: InProcessError.stillConnected) {
                try await client.closed(within: .milliseconds(10))
            }
        }
    }

    @Test func `who leaves a namespace stays in the others`() async throws {
        try await withServer { server in
            _ = server.of("/other")
            let client = try await server.connectInProcess()
            let other = try await client.connect(to: "/other")
            client.disconnect()
            try server.of("/other").emit("here")
            _ = try await other.next("here")
            #expect(await server.engine.sessionCount() == 1)
            other.disconnect()
            #expect(await eventually { await server.engine.sessionCount() == 0 })
        }
    }

    // MARK: Coming back

    private static func recovering(_ loops: Int) -> SocketOptions {
        .test(loops: loops) { $0.recovery = RecoveryOptions() }
    }

    @Test(arguments: [1, 2, 3])
    func `a lost client is recovered with what it missed`(loops: Int) async throws {
        try await withServer(Self.recovering(loops)) { server in
            let client = try await server.connectInProcess()
            let id = client.id
            sockets.all[0].join("room")
            for round in 0..<4 {
                try server.to("room").emit("seen", round, "text")
                #expect(try await client.next("seen").count == 2)
                client.pauseReading()
                try server.emit("late", round)
                client.lose()
                try server.to("room").emit("missed", round)
                #expect(try await client.reconnect())
                #expect(client.id == id && client.recovered)
                #expect(try await client.next("late", Int.self) == round)
                #expect(try await client.next("missed", Int.self) == round)
                #expect(sockets.all[round + 1].recovered && sockets.all[round + 1].rooms == ["room", id])
            }
            #expect(client.received.count == 12)
        }
    }

    @Test func `a client that was sent away comes back as another`() async throws {
        try await withServer(Self.recovering(1)) { server in
            let client = try await server.connectInProcess(auth: ["token": 0])
            // Many times: it comes while its connection, which nobody uses, is still closing or not.
            for round in 0..<100 {
                let id = client.id
                sockets.all[round].disconnect()
                try await client.closed()
                #expect(try await !client.reconnect(auth: ["token": .string("\(round + 1)")]))
                #expect(client.id != id && !client.recovered)
                #expect(sockets.all[round + 1].authentication["token"] == .string("\(round + 1)"))
            }
        }
    }

    @Test func `without recovery a client comes back as another`() async throws {
        try await withServer { server in
            let client = try await server.connectInProcess(auth: ["token": 1])
            let id = client.id
            #expect(try await !client.reconnect())
            #expect(client.id != id && sockets.all[1].authentication == ["token": 1])
            #expect(reasons.all == [.transportClose])
        }
    }

    @Test func `a client that is refused on its way back is out`() async throws {
        let isLocked = Journal<Bool>()
        try await withLocalServer(Self.recovering(1)) { server in
            server.use { _ in if isLocked.count > 0 { throw ConnectionRefused("locked") } }
        } test: { server in
            let client = try await server.connectInProcess()
            isLocked.append(true)
            await #expect(throws: ConnectionRefused.self) { try await client.reconnect() }
            #expect(!client.isConnected)
            #expect(await eventually { await server.engine.sessionCount() == 0 })
        }
    }

    @Test func `namespaces of a lost connection come back over one`() async throws {
        try await withServer(Self.recovering(2)) { server in
            _ = server.of("/other")
            let client = try await server.connectInProcess()
            let other = try await client.connect(to: "/other")
            let ids = [client.id, other.id]
            client.lose()
            #expect(!client.isConnected && !other.isConnected)
            try server.of("/other").emit("missed")
            async let first = client.reconnect()
            async let second = other.reconnect()
            let recovered = try await [first, second]
            #expect(recovered == [true, true] && [client.id, other.id] == ids)
            #expect(await server.engine.sessionCount() == 1)
            _ = try await other.next("missed")
        }
    }

    // MARK: What is left

    /// An object that a test watches without keeping it.
    private final class Watched: Sendable {
        private struct Reference { weak var object: AnyObject? }

        private let references = Mutex<[Reference]>([])

        func add(_ object: some AnyObject & Sendable) {
            references.withLock { $0.append(Reference(object: object)) }
        }

        var isAlive: Bool { references.withLock { $0.contains { $0.object != nil } } }
    }

    private enum LastAct: CaseIterable { case disconnect, close, lose, server, shutdown, refusal }

    @Test(arguments: [1, 2])
    func `nothing is left of clients that are gone`(loops: Int) async throws {
        for act in LastAct.allCases {
            let watched = Watched()
            try await withLocalServer(.test(loops: loops)) { server in
                watched.add(server)
                server.root.use { watched.add($0) }
                server.of("/closed").use { _ in throw ConnectionRefused("no") }
                server.onConnection { socket in socket.on("echo") { socket.emit("echo", $0.arguments) } }
            } test: { server in
                let client = try await server.connectInProcess()
                watched.add(client)
                client.answer("question") { _ in 1 }
                try client.emit("echo")
                _ = try await client.next("echo")
                switch act {
                case .disconnect: client.disconnect()
                case .close: client.close()
                case .lose: client.lose()
                case .server: server.disconnectSockets()
                case .shutdown: await server.closeInTest(grace: .zero)
                case .refusal: _ = try? await client.connect(to: "/closed")
                }
                if act != .refusal { try await client.closed() }
            }
            #expect(await eventually { !watched.isAlive }, "after \(act)")
        }
    }

    @Test func `a client whose end came is let go while the server goes on`() async throws {
        try await withServer { server in
            weak var weakClient: InProcessClient?
            do {
                let client = try await server.connectInProcess()
                weakClient = client
                client.close()
            }
            #expect(await eventually { weakClient == nil })
        }
    }

    @Test func `a client that nobody holds stays connected`() async throws {
        try await withServer { server in
            _ = try await server.connectInProcess()
            await server.engine.settle()
            #expect(await server.root.socketCount() == 1)
        }
    }
}
