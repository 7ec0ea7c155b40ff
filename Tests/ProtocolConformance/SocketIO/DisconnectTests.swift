import EngineIO
import SocketIO
import TestSupport
import Testing

/// Rows N13, N14, N15: how a socket ends, and what its handler hears.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO disconnect` {
    /// Reasons, with the namespace in front.
    private let reasons = Journal<String>()

    /// Gives `body` a server with `/` and `/custom` and a client that is in both.
    private func withClient(
        _ transport: Transport = .webSocket, _ options: SocketOptions = .test(),
        _ body: (SocketServer, SocketTestClient) async throws -> Void
    ) async throws {
        let reasons = reasons
        try await withSocketServer(options) { server in
            for name in ["/", "/custom"] {
                server.of(name).onConnection { socket in
                    socket.onDisconnect { reasons.append("\(name) \($0.rawValue)") }
                    socket.on("message") { event in socket.emit("message-back", event.arguments) }
                    socket.on("leave me") { _ in socket.disconnect() }
                    socket.on("leave me and close") { _ in socket.disconnect(close: true) }
                }
            }
        } test: { server, port in
            let client = try await SocketTestClient.connect(port: port, transport)
            try await client.join("/custom")
            try await body(server, client)
        }
    }

    // MARK: The client leaves

    @Test(arguments: Transport.allCases)
    func `a client that leaves one namespace stays in the other`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            try await client.send("41/custom,")
            try await client.emit("message", "1")
            #expect(try await client.receive() == #"42["message-back",1]"#)
            #expect(reasons.all == ["/custom client namespace disconnect"])
        }
    }

    @Test(arguments: ["41/custom", "41/custom,"] as [TestMessage])
    func `the comma may be missing`(packet: TestMessage) async throws {
        try await withClient { _, client in
            try await client.send(packet)
            #expect(await reasons.waitFor(1) == ["/custom client namespace disconnect"])
        }
    }

    @Test(arguments: Transport.allCases)
    func `a client that left may join again, with another id`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            try await client.send("41")
            let first = try await client.join()
            try await client.send("41")
            let second = try await client.join()
            #expect(first != second)
        }
    }

    @Test func `a client that left everything keeps its connection`() async throws {
        try await withClient(.webSocket, .test { $0.connectTimeout = .milliseconds(300) }) { server, client in
            try await client.send("41", "41/custom,")
            let start = ContinuousClock.now
            _ = await eventually { .now - start > .milliseconds(350) }
            #expect(try await client.join().count == 20)
        }
    }

    @Test(arguments: Transport.allCases)
    func `a client that leaves and closes in one go is heard`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            try await client.engine.send("41", "1")
            #expect(
                await reasons.waitFor(2) == ["/ client namespace disconnect", "/custom transport close"])
        }
    }

    @Test(arguments: Transport.allCases)
    func `a client that closes leaves all namespaces`(transport: Transport) async throws {
        try await withClient(transport) { server, client in
            try await client.engine.send("1")
            #expect(await reasons.waitFor(2) == ["/ transport close", "/custom transport close"])
            #expect(await server.root.socketCount() == 0)
        }
    }

    @Test func `a connection that is lost is a transport close`() async throws {
        try await withClient { _, client in
            client.close()
            #expect(await reasons.waitFor(2) == ["/ transport close", "/custom transport close"])
        }
    }

    @Test func `a broken frame is a transport error`() async throws {
        try await withClient { _, client in
            try await client.engine.webSocket?.connection.send([0xFF, 0xFF])
            #expect(await reasons.waitFor(2) == ["/ transport error", "/custom transport error"])
        }
    }

    @Test(arguments: Transport.allCases)
    func `an engine packet that cannot be read is a parse error`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            try? await client.send("nonsense")
            #expect(await reasons.waitFor(2) == ["/ parse error", "/custom parse error"])
        }
    }

    @Test(arguments: Transport.allCases)
    func `a client that falls silent is a ping timeout`(transport: Transport) async throws {
        let options = SocketOptions.test {
            $0.engine.pingInterval = .milliseconds(500)
            $0.engine.pingTimeout = .milliseconds(50)
        }
        let reasons = reasons
        try await withSocketServer(options) { server in
            server.onConnection { $0.onDisconnect { reasons.append($0.rawValue) } }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port, transport)
            #expect(await reasons.waitFor(1) == ["ping timeout"])
            client.close()
        }
    }

    // MARK: The server lets go

    @Test(arguments: Transport.allCases)
    func `the server may send a client away from one namespace`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            try await client.emit("leave me", namespace: "/custom")
            #expect(try await client.receive() == "41/custom,")
            #expect(reasons.all == ["/custom server namespace disconnect"])
            try await client.emit("message", "1")
            #expect(try await client.receive() == #"42["message-back",1]"#)
        }
    }

    @Test(arguments: Transport.allCases)
    func `the server may close the connection, too`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            try await client.emit("leave me and close")
            let packets = try await client.end()
            #expect(packets == (transport == .polling ? ["41", "41/custom,", "1"] : ["41", "41/custom,"]))
        }
    }

    @Test(arguments: Transport.allCases)
    func `then all handlers hear server namespace disconnect`(transport: Transport) async throws {
        // Node's `Client._disconnect`: each socket is disconnected before the connection closes.
        try await withClient(transport) { _, client in
            try await client.emit("leave me and close")
            try await client.end()
            #expect(
                await reasons.waitFor(2) == [
                    "/ server namespace disconnect", "/custom server namespace disconnect",
                ])
        }
    }

    @Test func `the server may send many away`() async throws {
        try await withMembers(4, .webSocket, .test(loops: 2)) { server, members in
            for member in members[...1] { member.socket.join("out") }
            server.to("out").disconnectSockets()
            for member in members[...1] {
                let packet = try await member.client.receive()
                #expect(packet == "41")
            }
            #expect(await eventually { await server.root.socketCount() == 2 })
            #expect(try await packetsUntilEnd(server, Array(members[2...])) == [[], []])
        }
    }

    @Test func `a socket that is gone sends nothing`() async throws {
        try await withMembers(1) { server, members in
            let (socket, client) = (members[0].socket, members[0].client)
            socket.disconnect()
            try socket.emit("too late")
            socket.join("room")
            socket.disconnect()
            try server.emit("too late")
            try server.to("room", socket.id).emit("too late")
            #expect(try await client.receive() == "41")
            #expect(try await client.join().count == 20)
        }
    }

    @Test func `a handler hears of its end once`() async throws {
        try await withClient { server, client in
            try await client.send("41", "41/custom,")
            client.close()
            #expect(await eventually { await server.engine.sessionCount() == 0 })
            #expect(reasons.count == 2)
        }
    }

    // MARK: The server closes

    @Test(arguments: Transport.allCases, [1, 2])
    func `a server that closes tells all handlers`(transport: Transport, loops: Int) async throws {
        try await withClient(transport, .test(loops: loops)) { server, client in
            if transport == .polling { try await client.engine.startPoll() }
            await server.engine.settle()
            await server.closeInTest()
            #expect(reasons.all == ["/ server shutting down", "/custom server shutting down"])
        }
    }

    @Test(arguments: Transport.allCases, [1, 2])
    func `a server that closes sends its clients away`(transport: Transport, loops: Int) async throws {
        try await withClient(transport, .test(loops: loops)) { server, client in
            if transport == .polling { try await client.engine.startPoll() }
            await server.engine.settle()
            async let closing: Void = server.closeInTest()
            #expect(try await client.end() == (transport == .polling ? ["1"] : []))
            await closing
        }
    }

    @Test func `what was emitted before the close arrives`() async throws {
        try await withMembers(3, .webSocket, .test(loops: 2)) { server, members in
            for number in 0..<50 { try server.emit("last", number) }
            async let closing: Void = server.closeInTest()
            for member in members {
                let packets = try await member.client.end()
                #expect(packets == (0..<50).map { .text("42[\"last\",\($0)]") })
            }
            await closing
        }
    }
}
