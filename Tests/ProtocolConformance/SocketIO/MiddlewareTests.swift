import EngineIO
import SocketIO
import TestSupport
import Testing

/// Row N8: who may join.
@Suite(.timeLimit(.minutes(1))) struct `Socket.IO middleware` {
    @Test(arguments: Transport.allCases, [("/", "44"), ("/vip", "44/vip,")])
    func `a refusal reaches the client with its message`(
        transport: Transport, namespace: (name: String, head: String)
    ) async throws {
        try await withSocketServer { server in
            server.of(namespace.name).use { _ in throw ConnectionRefused("not \"you\"") }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port, transport)
            try await client.send(.text(namespace.name == "/" ? "40" : "40\(namespace.name),"))
            #expect(try await client.receive() == .text(namespace.head + #"{"message":"not \"you\""}"#))
        }
    }

    @Test func `a refusal may carry data`() async throws {
        try await withSocketServer { server in
            server.root.use { _ in throw ConnectionRefused("full", data: ["retryAfter": 30, "why": ["a"]]) }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            #expect(
                try await client.receive() == #"44{"message":"full","data":{"retryAfter":30,"why":["a"]}}"#)
        }
    }

    @Test func `any other error is a refusal, too, of which the application hears and not the client`()
        async throws
    {
        struct Broken: Error, CustomStringConvertible { var description: String { "the database is away" } }
        let errors = Journal<String>()
        try await withSocketServer { server in
            server.root.use { _ in throw Broken() }
            server.onError { error, event, _ in errors.append("\(event): \(error)") }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            #expect(try await client.receive() == #"44{"message":"connection refused"}"#)
            #expect(await errors.waitFor(1) == ["connection: the database is away"])
        }
    }

    @Test func `a refused socket never connects`() async throws {
        let connected = Journal<String>()
        try await withSocketServer { server in
            server.root.use { _ in throw ConnectionRefused("no") }
            server.onConnection { connected.append($0.id) }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            _ = try await client.receive()
            #expect(connected.count == 0)
            #expect(await server.root.socketCount() == 0)
        }
    }

    @Test func `the same client may try again`() async throws {
        try await withSocketServer { server in
            server.root.use { socket in
                guard socket.authentication["token"] == "good" else { throw ConnectionRefused("bad token") }
            }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send(#"40{"token":"bad"}"#)
            #expect(try await client.receive() == #"44{"message":"bad token"}"#)
            #expect(try await client.join(auth: #"{"token":"good"}"#).count == 20)
        }
    }

    @Test func `they run one after the other, until one refuses`() async throws {
        let steps = Journal<String>()
        try await withSocketServer { server in
            server.root.use { _ in
                try await Task.sleep(for: .milliseconds(20))
                steps.append("first")
            }
            server.root.use { _ in
                steps.append("second")
                throw ConnectionRefused("no")
            }
            server.root.use { _ in steps.append("third") }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            _ = try await client.receive()
            #expect(steps.all == ["first", "second"])
        }
    }

    @Test func `one namespace's do not concern another`() async throws {
        try await withSocketServer { server in
            server.of("/vip").use { _ in throw ConnectionRefused("no") }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            #expect(try await client.join().count == 20)
        }
    }

    @Test func `a client that goes meanwhile never connects`() async throws {
        let steps = Journal<String>()
        try await withSocketServer { server in
            server.root.use { _ in
                steps.append("asked")
                _ = await eventually { steps.all.contains("gone") }
            }
            server.onConnection { _ in steps.append("connected") }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            _ = await steps.waitFor(1)
            client.close()
            #expect(await eventually { await server.engine.sessionCount() == 0 })
            steps.append("gone")
            try await expectSocketsWork(port: port)
            #expect(steps.all.filter { $0 == "connected" }.count == 2, "only the new clients")
        }
    }

    @Test func `a client may join another namespace while one is asked`() async throws {
        let steps = Journal<String>()
        try await withSocketServer { server in
            _ = server.of("/open")
            server.root.use { _ in _ = await steps.waitFor(1) }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40")
            try await client.join("/open")
            steps.append("go on")
            #expect(try await client.receive().text.hasPrefix(#"40{"sid":""#))
        }
    }

    @Test func `an event before the answer closes`() async throws {
        let steps = Journal<String>()
        try await withSocketServer { server in
            server.root.use { _ in _ = await steps.waitFor(1) }
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40", #"42["early"]"#)
            await server.engine.settle()
            steps.append("go on")
            // Row N7: the namespace is not joined yet.
            #expect(try await client.end() == [])
        }
    }
}
