import EngineIO
import TestSupport
import Testing

/// Row E18: ids that the application makes.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO generateId` {
    private struct Failure: Error {}

    private func options(
        loops: Int = 1, _ generate: @escaping @Sendable (HTTPRequest) async throws -> String
    ) -> EngineOptions {
        .test(loops: loops) { $0.generateId = generate }
    }

    @Test(arguments: Transport.allCases, [1, 2, 3])
    func `a session has the id that was made for it, on any loop`(transport: Transport, loops: Int)
        async throws
    {
        let options = options(loops: loops) { request in
            await Task.detached {}.value
            return "client-" + (request.queryValue("name") ?? "")
        }
        try await withEngineServer(options) { server, port in
            var clients: [EngineTestClient] = []
            for name in ["a", "b~1", "c.2", "D_3"] {
                let client = try await EngineTestClient.connect(
                    port: port, transport, query: "&name=\(name)", usesFreshConnections: true)
                #expect(client.sid == "client-" + name)
                clients.append(client)
                for text in ["4x", "4y"] as [TestMessage] {
                    try await client.send(text)
                    #expect(try await client.receive() == text)
                }
            }
            #expect(await server.sessionCount() == clients.count)
        }
    }

    @Test(arguments: [1, 2])
    func `such a session can be upgraded`(loops: Int) async throws {
        try await withEngineServer(options(loops: loops) { _ in "chosen" }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling, usesFreshConnections: true)
            try await client.upgrade()
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test(arguments: Transport.allCases)
    func `what it throws is a bad request`(transport: Transport) async throws {
        try await withEngineServer(options { _ in throw Failure() }) { server, port in
            try await expectRefused(transport, port: port)
            #expect(await server.sessionCount() == 0)
        }
    }

    static let badIDs = [
        "", "a b", "a/b", "a%62", "é", "a\r\nSet-Cookie: x=1", String(repeating: "x", count: 129),
    ]

    @Test(arguments: badIDs)
    func `an id that cannot stand in a query is a bad request`(id: String) async throws {
        try await withEngineServer(options { _ in id }) { _, port in
            for transport in Transport.allCases { try await expectRefused(transport, port: port) }
        }
    }

    @Test func `an id of 128 characters is taken`() async throws {
        let id = String(repeating: "x", count: 128)
        try await withEngineServer(options { _ in id }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(client.sid == id)
        }
    }

    @Test(arguments: Transport.allCases, [1, 2])
    func `an id is refused while a session has it`(transport: Transport, loops: Int) async throws {
        try await withEngineServer(options(loops: loops) { _ in "twice" }) { server, port in
            let first = try await EngineTestClient.connect(port: port, transport)
            for _ in 0..<6 { try await expectRefused(transport, port: port) }
            try await first.send("4still me")
            #expect(try await first.receive() == "4still me")
            try await first.send("1")
            #expect(await eventually { await server.sessionCount() == 0 })
            #expect(try await EngineTestClient.connect(port: port, transport).sid == "twice")
        }
    }

    @Test func `an id of a client that left meanwhile is free again`() async throws {
        let gate = Gate()
        let options = options { request in
            if request.queryValue("slow") != nil { await gate.pass() }
            return "the-one"
        }
        try await withEngineServer(options) { server, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send("GET", Handshake.polling + "&slow=1")
            #expect(await eventually { gate.waitingCount == 1 })
            http.close()
            #expect(await eventually { await server.metrics().http.connections == 0 })
            gate.open()
            await server.settle()
            #expect(try await EngineTestClient.connect(port: port, .polling).sid == "the-one")
        }
    }

    private func expectRefused(
        _ transport: Transport, port: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        switch transport {
        case .polling:
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            #expect(
                answer.whole == Handshake.jsonRefusal(3, "Bad request"), sourceLocation: sourceLocation)
        case .webSocket:
            let answer = try await Handshake.refusedUpgrade(port: port)
            #expect(answer == Handshake.refusal("Bad request"), sourceLocation: sourceLocation)
        }
    }
}
