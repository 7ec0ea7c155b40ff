import EngineIO
import SocketIO
import TestSupport
import Testing

/// Row N9: who hears of what handlers throw.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO errors of handlers` {
    private struct Broken: Error {}
    private let heard = Journal<String>()

    /// How something of an event's can throw.
    enum Thrower: CaseIterable {
        case handler, laterHandler, onceHandler, typedHandler, answeringHandler, check, laterCheck

        func add(to socket: Socket) {
            switch self {
            case .handler: socket.on("x") { _ in throw Broken() }
            case .laterHandler: socket.on("x") { (_: ReceivedEvent) async throws in throw Broken() }
            case .onceHandler: socket.once("x") { _ in throw Broken() }
            case .typedHandler: socket.on("x", Int.self) { _ in throw Broken() }
            case .answeringHandler: socket.on("x", Int.self) { _ -> Int in throw Broken() }
            case .check: socket.use { _ in throw Broken() }
            case .laterCheck: socket.use { (_: ReceivedEvent) async throws in throw Broken() }
            }
        }
    }

    @Test(arguments: Thrower.allCases)
    func `go to the socket, with the event`(thrower: Thrower) async throws {
        let heard = heard
        try await withMembers(1) { server, socket in
            server.onError { _, _, _ in heard.append("server") }
            for name in ["first", "second"] {
                socket.onError { error, event in
                    heard.append(
                        "\(name) \(type(of: error)) \(event.name) \(event.arguments[0].intValue ?? -1)")
                }
            }
            thrower.add(to: socket)
        } test: { _, members in
            try await members[0].client.emit("x", "7")
            #expect(await heard.waitFor(2) == ["first Broken x 7", "second Broken x 7"])
            #expect(members[0].socket.isConnected)
        }
    }

    @Test(arguments: Thrower.allCases)
    func `go to the server, where the socket does not listen`(thrower: Thrower) async throws {
        let heard = heard
        try await withMembers(1) { server, socket in
            server.onError { error, event, socket in heard.append("\(type(of: error)) \(event) \(socket.id)")
            }
            thrower.add(to: socket)
        } test: { _, members in
            try await members[0].client.emit("x", "7")
            #expect(await heard.waitFor(1) == ["Broken x \(members[0].socket.id)"])
        }
    }

    @Test(arguments: Thrower.allCases)
    func `harm nobody where nobody listens`(thrower: Thrower) async throws {
        try await withMembers(1) { _, socket in
            socket.on("echo") { $0.ack?.send($0.arguments) }
            if thrower != .check && thrower != .laterCheck { thrower.add(to: socket) }
        } test: { _, members in
            for _ in 0..<3 { try await members[0].client.emit("x", "7") }
            try await members[0].client.emit("echo", "1", ack: 1)
            #expect(try await members[0].client.receive() == "431[1]")
        }
    }

    @Test func `go to the server again when the socket does not listen any more`() async throws {
        let heard = heard
        try await withMembers(1) { server, socket in
            server.onError { _, event, _ in heard.append("server \(event)") }
            let listener = socket.onError { _, event in heard.append("socket \(event.name)") }
            for name in ["x", "y"] { socket.on(name) { _ in throw Broken() } }
            socket.on("off") { _ in socket.off(listener) }
        } test: { _, members in
            for name in ["x", "off", "y"] { try await members[0].client.emit(name) }
            #expect(await heard.waitFor(2) == ["socket x", "server y"])
        }
    }

    @Test func `do not keep the other handlers of the event from it`() async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            socket.onError { _, _ in heard.append("error") }
            socket.on("x") { _ in throw Broken() }
            socket.on("x") { (_: ReceivedEvent) async throws in throw Broken() }
            socket.on("x") { (_: ReceivedEvent) async throws in heard.append("later handler") }
            socket.on("x") { _ in heard.append("handler") }
        } test: { _, members in
            try await members[0].client.emit("x")
            #expect(await heard.waitFor(4) == ["error", "handler", "error", "later handler"])
        }
    }

    @Test func `may be answered`() async throws {
        try await withMembers(1) { _, socket in
            socket.onError { error, event in try? event.ack?.send("\(type(of: error))") }
            socket.on("add", Int.self, Int.self) { $0 + $1 }
        } test: { _, members in
            try await members[0].client.emit("add", "1", #""one""#, ack: 1)
            #expect(try await members[0].client.receive() == #"431["DecodingError"]"#)
        }
    }

    @Test func `of a socket that has gone meanwhile go to the server`() async throws {
        let heard = heard
        let gate = Gate()
        try await withMembers(1) { server, socket in
            server.onError { error, event, _ in heard.append("\(type(of: error)) \(event)") }
            socket.onError { _, _ in heard.append("socket") }
            socket.on("x") { (_: ReceivedEvent) async throws in
                await gate.pass()
                throw Broken()
            }
        } test: { server, members in
            try await members[0].client.emit("x")
            #expect(await eventually { gate.waitingCount == 1 })
            members[0].client.close()
            #expect(await eventually { await server.root.socketCount() == 0 })
            gate.open()
            #expect(await heard.waitFor(1) == ["Broken x"])
        }
    }

    @Test func `come with where they occurred, for those who ask`() async throws {
        let heard = heard
        try await withSocketServer { server in
            server.onError { error, context in
                let socket = context.socket == nil ? "nobody" : "a socket"
                heard.append("\(type(of: error)) \(context.namespace) \(context.event) \(socket)")
            }
            _ = server.of(where: { _, _ in throw Broken() })
            server.of("/closed").use { _ in throw Broken() }
            server.onConnection { $0.on("x") { _ in throw Broken() } }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            try await client.send("40/new,", "40/closed,", #"42["x"]"#)
            let expected = ["/ x a socket", "/closed connection a socket", "/new connection nobody"]
            #expect(await heard.waitFor(3).sorted() == expected.map { "Broken \($0)" })
        }
    }

    @Test func `are told to the last handler that the server was given`() async throws {
        let heard = heard
        try await withMembers(1) { server, socket in
            for name in ["first", "second"] { server.onError { _, _, _ in heard.append(name) } }
            socket.on("x") { _ in throw Broken() }
        } test: { _, members in
            try await members[0].client.emit("x")
            #expect(await heard.waitFor(1) == ["second"])
        }
    }
}
