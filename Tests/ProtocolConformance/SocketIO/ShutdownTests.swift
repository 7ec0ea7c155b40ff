import EngineIO
import SocketIO
import TestSupport
import Testing

/// Row N15: the end of a server, at once or step by step.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO server's end` {
    private let heard = Journal<String>()

    // MARK: At once

    @Test(arguments: [1, 2])
    func `every socket hears it once, in all its namespaces`(loops: Int) async throws {
        let heard = heard
        try await withMembers(3, .webSocket, .test(loops: loops)) { _, socket in
            socket.onDisconnecting { heard.append("disconnecting \($0.rawValue) \(socket.rooms.count)") }
            socket.onDisconnect { heard.append("disconnect \($0.rawValue) \(socket.rooms.count)") }
        } test: { server, _ in
            await server.closeInTest(grace: .zero)
            let steps = ["disconnect server shutting down 0", "disconnecting server shutting down 1"]
            #expect(heard.all.sorted() == steps.flatMap { [$0, $0, $0] })
        }
    }

    @Test func `before it is told, a handler may say goodbye`() async throws {
        try await withMembers(1) { _, socket in
            socket.onDisconnecting { _ in try? socket.emit("goodbye") }
        } test: { server, members in
            async let closing: Void = server.closeInTest()
            let packets = try await members[0].client.end()
            #expect(packets == [#"42["goodbye"]"#])
            await closing
        }
    }

    @Test func `its port is free again, for another that begins anew`() async throws {
        let options = SocketOptions.test()
        let first = SocketServer(options: options)
        let port = try first.listen(host: "127.0.0.1", port: 0).port
        let client = try await SocketTestClient.connect(port: port)
        async let closing: Void = first.close()
        try await client.end()
        await closing
        let second = SocketServer(options: options)
        second.onConnection { try? $0.emit("hello") }
        #expect(try second.listen(host: "127.0.0.1", port: port).port == port)
        let again = try await SocketTestClient.connect(port: port)
        #expect(try await again.receive() == #"42["hello"]"#)
        await second.close(grace: .zero)
    }

    private func isClosedError(_ error: any Error) -> Bool {
        "\(error)" == "cannot listen on 127.0.0.1:0: the server has been closed; make a new one"
    }

    @Test(arguments: [1, 2])
    func `it does not listen again, nor runs`(loops: Int) async throws {
        let server = SocketServer(options: .test(loops: loops))
        try server.listen(host: "127.0.0.1", port: 0)
        await server.close()
        #expect {
            try server.listen(host: "127.0.0.1", port: 0)
        } throws: {
            isClosedError($0)
        }
        await #expect {
            try await server.run(host: "127.0.0.1", port: 0)
        } throws: {
            isClosedError($0)
        }
    }

    @Test func `on an HTTP server of others, which goes on, it does not listen again either`() async throws {
        let http = HTTPServer(loops: 1)
        let server = SocketServer(options: .test(), on: http)
        await server.close()
        #expect {
            try server.listen(host: "127.0.0.1", port: 0)
        } throws: {
            isClosedError($0)
        }
        try http.listen(host: "127.0.0.1", port: 0)
        await http.stop()
        #expect {
            try http.listen(host: "127.0.0.1", port: 0)
        } throws: {
            isClosedError($0)
        }
    }

    @Test(arguments: [false, true])
    func `one that never listened ends, too, and twice is harmless`(listens: Bool) async throws {
        let server = SocketServer(options: .test())
        if listens { try server.listen(host: "127.0.0.1", port: 0) }
        await server.close()
        await server.close(drain: .milliseconds(1))
        #expect(await server.root.socketCount() == 0)
    }

    @Test func `what is asked of it afterwards does nothing`() async throws {
        try await withMembers(1) { server, members in
            await server.closeInTest(grace: .zero)
            try server.emit("too late")
            try members[0].socket.emit("too late")
            members[0].socket.join("room")
            server.everyone.socketsJoin("room")
            server.everyone.disconnectSockets(close: true)
            #expect(try await server.everyone.fetchSockets().isEmpty)
            #expect(try await server.everyone.emitWithAck("too late").isEmpty)
        }
    }

    @Test func `who is being asked about is let go, and never connects`() async throws {
        let (heard, gate) = (heard, Gate())
        try await withSocketServer { server in
            server.use { _ in await gate.pass() }
            server.onConnection { _ in heard.append("connected") }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            #expect(await eventually { gate.waitingCount == 1 })
            async let closing: Void = server.closeInTest(grace: .zero)
            #expect(try await client.end() == [])
            gate.open()
            await closing
            #expect(heard.all == [])
        }
    }

    // MARK: On an HTTP server of the application's

    /// Gives `test` a server on an HTTP server that answers `/test`, too, and ends both.
    private func withSharedHTTP(_ test: (SocketServer, Int) async throws -> Void) async throws {
        let http = HTTPServer(loops: 2)
        let server = SocketServer(options: .test(loops: 2), on: http)
        var routes = HTTPRoutes()
        routes.get("/test") { _ in HTTPResponse(status: 200, contentType: "text/plain", text: "tested") }
        http.serve(routes)
        let result: Result<Void, any Error>
        do {
            let port = try http.listen(host: "127.0.0.1", port: 0).port
            result = .success(try await test(server, port))
        } catch { result = .failure(error) }
        await server.close(grace: .zero, withHTTP: true)
        try result.get()
    }

    @Test(arguments: [Duration.zero, .milliseconds(50)])
    func `sockets and service end, and the rest of that goes on`(drain: Duration) async throws {
        let heard = heard
        try await withSharedHTTP { server, port in
            server.onConnection { $0.onDisconnect { heard.append($0.rawValue) } }
            let client = try await SocketTestClient.connect(port: port)
            async let closing: Void = server.close(drain: drain)
            try await client.end()
            await closing
            #expect(heard.all == ["server shutting down"])
            let answer = try await HTTPTestClient.get(port: port, "/test")
            #expect(answer.text == "tested")
            let refusal = try await HTTPTestClient.get(port: port, "/socket.io/?EIO=4&transport=polling")
            #expect(refusal.status == 503)
        }
    }

    @Test func `that ends as well if it is told to`() async throws {
        try await withSharedHTTP { server, port in
            let answer = try await HTTPTestClient.get(port: port, "/test")
            #expect(answer.text == "tested")
            await server.close(grace: .zero, withHTTP: true)
            await #expect(throws: (any Error).self) { try await HTTPTestClient.get(port: port, "/test") }
        }
    }

    // MARK: Step by step

    /// The times at which clients were sent away, since the server began to end.
    private func drained(
        _ count: Int, _ transport: Transport, loops: Int, over time: Duration
    ) async throws -> [Duration] {
        let ends = Journal<ContinuousClock.Instant>()
        let times = Journal<Duration>()
        try await withMembers(count, transport, .test(loops: loops)) { _, socket in
            socket.onDisconnect { if $0 == .serverShuttingDown { ends.append(.now) } }
        } test: { server, members in
            let start = ContinuousClock.now
            async let closing: Void = server.drainInTest(time)
            for member in members { _ = try await member.client.end() }
            await closing
            for end in ends.all { times.append(end - start) }
        }
        return times.all
    }

    @Test(arguments: Transport.allCases)
    func `clients are sent away one by one, evenly over the time`(transport: Transport) async throws {
        let times = try await drained(5, transport, loops: 1, over: .milliseconds(500))
        #expect(times.count == 5)
        for (number, time) in times.enumerated() {
            #expect(time >= .milliseconds(100) * number - tolerance, "client \(number)")
        }
        #expect(times[0] < .milliseconds(400), "not all at the end")
    }

    @Test func `on several loops everyone is sent away as well`() async throws {
        let times = try await drained(8, .webSocket, loops: 2, over: .milliseconds(200))
        #expect(times.count == 8)
        #expect(times.contains { $0 >= .milliseconds(100) })
    }

    @Test func `meanwhile nobody is let in, and who has not gone is served`() async throws {
        try await withMembers(4, .webSocket, .test()) { _, socket in
            socket.on("echo") { $0.ack?.send($0.arguments) }
        } test: { server, members in
            async let closing: Void = server.drainInTest(.seconds(2))
            #expect(await eventually { await server.root.socketCount() < 4 })
            let left = try #require(members.last { $0.socket.isConnected })
            try await left.client.emit("echo", "1", ack: 1)
            #expect(try await left.client.receive() == "431[1]")
            await #expect(throws: (any Error).self) {
                try await SocketTestClient.connect(port: left.client.engine.port)
            }
            await closing
        }
    }

    @Test func `meanwhile nobody comes in over a connection that was kept, either`() async throws {
        try await withMembers(2, .polling, .test()) { server, members in
            let http = try await HTTPTestClient.connect(port: members[0].client.engine.port)
            let other = try await HTTPTestClient.connect(port: members[0].client.engine.port)
            async let closing: Void = server.drainInTest(.seconds(1))
            #expect(await eventually { await server.root.socketCount() < 2 })
            let answer = try await http.get("/socket.io/?EIO=4&transport=polling")
            #expect(answer.status == 503)
            // The next connection leads to a server that stays; maybe the client has a session there.
            #expect(answer["connection"] == "close")
            let elsewhere = try await other.get("/socket.io/?EIO=4&transport=polling&sid=elsewhere")
            #expect(elsewhere.status == 400 && elsewhere["connection"] == "close")
            await closing
        }
    }

    @Test func `who leaves meanwhile is not waited for`() async throws {
        try await withMembers(3, .webSocket, .test()) { server, members in
            let start = ContinuousClock.now
            async let closing: Void = server.drainInTest(.milliseconds(300))
            for member in members { member.client.close() }
            await closing
            #expect(.now - start < .seconds(10))
            #expect(await server.root.socketCount() == 0)
        }
    }
}

extension SocketServer {
    /// For `async let`: ends the server step by step, as a part of the test.
    fileprivate func drainInTest(_ time: Duration) async {
        await close(drain: time)
        await closeInTest(grace: .zero)
    }
}
