import EngineIO
import TestSupport
import Testing

/// Requests of one session land on any loop and find it.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO on several loops` {
    @Test(arguments: [1, 2, 3])
    func `a polling session works over ever new connections`(loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling, usesFreshConnections: true)
            for number in 0..<40 {
                try await client.send(.text("4\(number)"))
                #expect(try await client.receive() == .text("4\(number)"))
            }
        }
    }

    @Test func `one connection may carry requests of many sessions`() async throws {
        try await withEngineServer(.test(loops: 2)) { _, port in
            var clients: [EngineTestClient] = []
            for _ in 0..<8 { clients.append(try await EngineTestClient.connect(port: port, .polling)) }
            let http = try await HTTPTestClient.connect(port: port)
            for round in 0..<5 {
                for client in clients {
                    let posted = try await http.request(
                        "POST", client.target(), body: Array("4\(round)".utf8))
                    #expect(posted.text == "ok")
                    let polled = try await http.get(client.target())
                    #expect(polled.text == "4\(round)")
                }
            }
        }
    }

    @Test func `requests behind one for another loop are served, too`() async throws {
        try await withEngineServer(.test(loops: 2)) { _, port in
            var clients: [EngineTestClient] = []
            for _ in 0..<8 { clients.append(try await EngineTestClient.connect(port: port, .polling)) }
            let requests = clients.flatMap {
                HTTPTestClient.bytes("POST", $0.target(), body: Array("4x".utf8))
            }
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send(requests)
            for _ in clients { #expect(try await http.response().text == "ok") }
        }
    }

    @Test func `sessions are spread over the loops`() async throws {
        try await withEngineServer(.test(loops: 2)) { server, port in
            var clients: [EngineTestClient] = []
            for _ in 0..<60 { clients.append(try await EngineTestClient.connect(port: port)) }
            #expect(await server.sessionCount() == 60)
            let counts = await server.gather { $0.sessionCount }
            #expect(counts.allSatisfy { $0 > 0 })
        }
    }

    @Test func `an upgrade works wherever its request lands`() async throws {
        try await withEngineServer(.test(loops: 2)) { _, port in
            for number in 0..<20 {
                let client = try await EngineTestClient.connect(
                    port: port, .polling, usesFreshConnections: true)
                try await client.upgrade()
                try await client.send(.text("4\(number)"))
                #expect(try await client.receive() == .text("4\(number)"))
            }
        }
    }
}
