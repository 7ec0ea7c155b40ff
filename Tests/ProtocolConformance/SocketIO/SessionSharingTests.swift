import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Rows N6, N7, N14: several namespaces on one connection.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO namespaces of one client` {
    private static let names = ["/", "/a", "/b"]

    private let heard = Journal<String>()

    /// Gives `body` a server with three namespaces that send back what they get, and a client that is in all.
    private func withClient(
        _ transport: Transport = .webSocket,
        onConnection: @escaping @Sendable (Socket) -> Void = { _ in },
        _ body: (SocketServer, SocketTestClient, [Socket]) async throws -> Void
    ) async throws {
        let sockets = Journal<Socket>()
        try await withSocketServer { server in
            for name in Self.names {
                server.of(name).onConnection { socket in
                    socket.on("echo") { event in
                        socket.emit("echo", event.arguments)
                        try event.ack?.send(socket.namespace.name)
                    }
                    sockets.append(socket)
                    onConnection(socket)
                }
            }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port, transport)
            for name in Self.names { try await client.join(name) }
            try await body(server, client, sockets.all)
        }
    }

    private func prefix(_ name: String) -> String { name == "/" ? "" : name + "," }

    @Test(arguments: Transport.allCases)
    func `have sockets of their own on one connection`(transport: Transport) async throws {
        try await withClient(transport) { server, _, sockets in
            #expect(Set(sockets.map(\.id)).count == 3)
            #expect(sockets.map(\.namespace.name) == Self.names)
            #expect(await server.engine.sessionCount() == 1)
        }
    }

    @Test(arguments: Transport.allCases)
    func `get their own events, and answer with their own name`(transport: Transport) async throws {
        try await withClient(transport) { _, client, _ in
            for name in Self.names {
                try await client.emit("echo", "\"\(name)\"", namespace: name, ack: 7)
                let expected = [
                    #"42\#(prefix(name))["echo","\#(name)"]"#, #"43\#(prefix(name))7["\#(name)"]"#,
                ]
                #expect(try await client.receive(2).map(\.text) == expected)
            }
        }
    }

    @Test func `have acks and rooms of their own`() async throws {
        try await withClient { server, client, sockets in
            async let first = sockets[1].emitWithAck("q")
            #expect(try await client.receive() == #"42/a,0["q"]"#)
            async let second = sockets[2].emitWithAck("q")
            #expect(try await client.receive() == #"42/b,0["q"]"#)
            try await client.send(#"43/b,0["b"]"#, #"43/a,0["a"]"#)
            #expect(try await [first[0], second[0]] == ["a", "b"])
            sockets[1].join("room")
            try server.of("/b").to("room", sockets[1].id).emit("not for a")
            try server.of("/a").to("room").emit("for a")
            #expect(try await client.receive() == #"42/a,["for a"]"#)
        }
    }

    @Test(arguments: Transport.allCases)
    func `keep their order among each other`(transport: Transport) async throws {
        try await withClient(transport) { _, client, _ in
            let names = (0..<30).map { Self.names[$0 % 3] }
            for (number, name) in names.enumerated() {
                try await client.emit("echo", "\(number)", namespace: name)
            }
            let expected = names.enumerated().map { "42\(prefix($1))[\"echo\",\($0)]" }
            #expect(try await client.receive(30).map(\.text) == expected)
        }
    }

    @Test func `cannot come between an event and its attachments`() async throws {
        let heard = heard
        try await withClient { socket in
            socket.onDisconnect { heard.append("\(socket.namespace.name) \($0.rawValue)") }
        } _: { _, client, _ in
            try await client.send(
                #"451-/a,["echo",{"_placeholder":true,"num":0}]"#, #"42/b,["echo",1]"#, [1])
            try await client.end()
            #expect(await heard.waitFor(3).sorted() == Self.names.map { "\($0) parse error" })
        }
    }

    @Test func `are left one by one, and entered again`() async throws {
        let heard = heard
        try await withClient { socket in
            socket.onDisconnect { heard.append("\(socket.namespace.name) \($0.rawValue)") }
        } _: { server, client, sockets in
            try await client.send("41/a,")
            _ = await heard.waitFor(1)
            sockets[2].disconnect()
            #expect(try await client.receive() == "41/b,")
            let expected = ["/a client namespace disconnect", "/b server namespace disconnect"]
            #expect(await heard.waitFor(2) == expected)
            #expect(sockets.map(\.isConnected) == [true, false, false])
            let id = try await client.join("/a")
            #expect(id != sockets[1].id)
        }
    }

    @Test func `all end with the connection`() async throws {
        let heard = heard
        try await withClient { socket in
            socket.onDisconnect { heard.append("\(socket.namespace.name) \($0.rawValue)") }
        } _: { _, client, sockets in
            sockets[1].disconnect(close: true)
            let packets = try await client.end()
            #expect(Set(packets) == ["41", "41/a,", "41/b,"])
            #expect(
                Set(await heard.waitFor(3)) == Set(Self.names.map { "\($0) server namespace disconnect" }))
        }
    }

    @Test func `are refused one by one`() async throws {
        try await withSocketServer { server in
            server.of("/closed").use { _ in throw ConnectionRefused("closed") }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40/closed,", "40/none,", "40")
            let packets = try await client.receive(3).map(\.text)
            #expect(Set(packets.map { $0.prefix(3) }) == ["44/", "40{"])
            #expect(packets.contains(#"44/closed,{"message":"closed"}"#))
            #expect(packets.contains(#"44/none,{"message":"Invalid namespace"}"#))
        }
    }

    /// Node's suite: "should ignore a packet received after disconnection". Here it is a packet for a namespace that
    /// the client is not in.
    @Test func `hear nothing after the server has sent the client away`() async throws {
        let heard = heard
        try await withClient { socket in
            socket.on("late") { _ in heard.append("late") }
            socket.onDisconnect { heard.append("\(socket.namespace.name) \($0.rawValue)") }
        } _: { server, client, sockets in
            sockets[1].disconnect()
            #expect(try await client.receive() == "41/a,")
            try await client.emit("late", namespace: "/a")
            _ = await heard.waitFor(3)
            #expect(!heard.all.contains("late"))
        }
    }
}
