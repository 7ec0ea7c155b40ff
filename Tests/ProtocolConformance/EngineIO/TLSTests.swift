import EngineIO
import TestSupport
import Testing

/// Engine.IO over TLS: the protocols above do not notice, wherever a request lands.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO over TLS` {
    /// Gives `test` the port of a server with TLS, and clients that speak it.
    private func withServer(loops: Int, test: (Int) async throws -> Void) async throws {
        let files = try TestTLSFiles()
        let tls = try TLSContext(TLSConfiguration(certificateChain: files.chain, privateKey: files.key))
        try await withEngineServer(.test(loops: loops), tls: tls) { _, port in
            try await TLSTestSettings.$current.withValue(TLSTestSettings()) { try await test(port) }
        }
    }

    @Test(arguments: [1, 2])
    func `carries a WebSocket session`(loops: Int) async throws {
        try await withServer(loops: loops) { port in
            let client = try await EngineTestClient.connect(port: port)
            for size in [1, 125, 126, 20_000, 70_000] {
                let text = "4" + String(repeating: "x", count: size)
                try await client.send(.text(text))
                #expect(try await client.receive() == .text(text))
            }
        }
    }

    @Test(arguments: [1, 2, 3])
    func `carries a polling session over ever new connections`(loops: Int) async throws {
        try await withServer(loops: loops) { port in
            let client = try await EngineTestClient.connect(port: port, .polling, usesFreshConnections: true)
            for number in 0..<20 {
                try await client.send(.text("4\(number)"))
                #expect(try await client.receive() == .text("4\(number)"))
            }
        }
    }

    @Test func `moves one connection between the loops of many sessions`() async throws {
        try await withServer(loops: 2) { port in
            var clients: [EngineTestClient] = []
            for _ in 0..<8 { clients.append(try await EngineTestClient.connect(port: port, .polling)) }
            let http = try await HTTPTestClient.connect(port: port)
            for round in 0..<5 {
                for client in clients {
                    let posted = try await http.request(
                        "POST", client.target(), body: Array("4\(round)".utf8))
                    #expect(posted.text == "ok")
                    #expect(try await http.get(client.target()).text == "4\(round)")
                }
            }
        }
    }

    @Test func `moves requests that came in one record`() async throws {
        try await withServer(loops: 2) { port in
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

    @Test func `upgrades wherever the request lands`() async throws {
        try await withServer(loops: 2) { port in
            for number in 0..<10 {
                let client = try await EngineTestClient.connect(
                    port: port, .polling, usesFreshConnections: true)
                try await client.upgrade()
                try await client.send(.text("4\(number)"))
                #expect(try await client.receive() == .text("4\(number)"))
            }
        }
    }
}
