import EngineIO
import EngineNet
import TestSupport
import Testing

/// Row E25: both sides of the bounds on connections.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO limits of connections` {
    private func options(
        loops: Int = 1, total: Int = 1_000, perAddress: Int? = nil, proxies: [String] = []
    ) throws -> EngineOptions {
        var options = EngineOptions.test(loops: loops)
        options.http.connections.total = total
        options.http.connections.perAddress = perAddress
        options.http.connections.trustedProxies = TrustedProxies(ranges: try proxies.map { try range($0) })
        return options
    }

    private func range(_ text: String) throws -> AddressRange { try #require(AddressRange(text)) }

    /// Opens a connection and waits until the server serves it.
    private func served(_ port: Int) async throws -> HTTPTestClient {
        let http = try await HTTPTestClient.connect(port: port)
        let response = try await http.get("/engine.io/?EIO=4&transport=none")
        #expect(response.status == 400)
        return http
    }

    /// Opens a connection that is refused.
    private func refused(_ port: Int) async throws -> HTTPTestResponse {
        let http = try await HTTPTestClient.connect(port: port)
        let response = try await http.response()
        _ = try? await http.connection.end()
        return response
    }

    @Test(arguments: [1, 2])
    func `one more than in all gets 503, and has room when one leaves`(loops: Int) async throws {
        try await withEngineServer(try options(loops: loops, total: 4)) { server, port in
            var inside: [HTTPTestClient] = []
            for _ in 0..<4 { inside.append(try await served(port)) }
            for _ in 0..<5 {
                let response = try await refused(port)
                #expect(response.status == 503)
                #expect(response["Retry-After"] == "5")
                #expect(response["Connection"] == "close")
            }
            #expect(await server.metrics().http.connections == 4)
            #expect(await server.metrics().http.connectionsRefused == (5, 0))
            inside.removeLast().close()
            #expect(await eventually { await server.metrics().http.connections == 3 })
            inside.append(try await served(port))
        }
    }

    @Test func `one more of an address gets 429`() async throws {
        try await withEngineServer(try options(perAddress: 3)) { server, port in
            var inside: [HTTPTestClient] = []
            for _ in 0..<3 { inside.append(try await served(port)) }
            let response = try await refused(port)
            #expect(response.status == 429)
            #expect(response["Retry-After"] == "5")
            #expect(await server.metrics().http.connectionsRefused == (0, 1))
            inside.removeLast().close()
            #expect(await eventually { await server.metrics().http.connections == 2 })
            _ = try await served(port)
        }
    }

    @Test func `trusted proxies have no limit of their own, but count in all`() async throws {
        let options = try options(total: 6, perAddress: 3, proxies: ["127.0.0.0/8"])
        try await withEngineServer(options) { _, port in
            var inside: [HTTPTestClient] = []
            for _ in 0..<6 { inside.append(try await served(port)) }
            #expect(try await refused(port).status == 503)
        }
    }

    @Test func `proxies of other addresses have it`() async throws {
        let options = try options(perAddress: 3, proxies: ["10.0.0.0/8"])
        try await withEngineServer(options) { _, port in
            var inside: [HTTPTestClient] = []
            for _ in 0..<3 { inside.append(try await served(port)) }
            #expect(try await refused(port).status == 429)
        }
    }

    @Test func `WebSockets and moved connections count as well`() async throws {
        try await withEngineServer(try options(loops: 2, total: 6)) { server, port in
            var webSockets: [EngineTestClient] = []
            for _ in 0..<3 { webSockets.append(try await EngineTestClient.connect(port: port)) }
            var polling: [EngineTestClient] = []
            for _ in 0..<2 { polling.append(try await EngineTestClient.connect(port: port, .polling)) }
            let http = try await HTTPTestClient.connect(port: port)
            for _ in 0..<10 {
                for client in polling {
                    #expect(
                        try await http.request("POST", client.target(), body: Array("4x".utf8)).text == "ok")
                }
            }
            #expect(await server.metrics().http.connections == 6)
            #expect(try await refused(port).status == 503)
            for client in webSockets { client.close() }
            #expect(await eventually { await server.metrics().http.connections == 3 })
        }
    }

    @Test func `connections that linger still count`() async throws {
        try await withEngineServer(try options(total: 2)) { server, port in
            // Answered with a close, which these clients do not answer.
            var lingering: [HTTPTestClient] = []
            for _ in 0..<2 {
                let http = try await HTTPTestClient.connect(port: port)
                _ = try await http.request("GET", "/engine.io/", fields: ["Connection: close"])
                lingering.append(http)
            }
            #expect(try await refused(port).status == 503)
            for http in lingering { http.close() }
            #expect(await eventually { await server.metrics().http.connections == 0 })
        }
    }

    @Test func `a WebSocket that its client has closed counts no more, however long the client stays`()
        async throws
    {
        try await withEngineServer(try options(total: 2)) { server, port in
            let staying = try await WebSocketTestClient.connect(
                port: port, "/engine.io/?EIO=4&transport=websocket")
            try await staying.send(frames: .close(code: 1000))
            while try await staying.frame().opcode != 8 {}
            #expect(try await staying.connection.end() == [])
            #expect(await server.metrics().http.connections == 0)
            staying.close()
        }
    }

    @Test(arguments: [1, 2])
    func `thousands come and go, and nothing is left of them`(loops: Int) async throws {
        try await withEngineServer(try options(loops: loops, total: 8, perAddress: 6)) { server, port in
            await withTaskGroup(of: Void.self) { group in
                for worker in 0..<10 {
                    group.addTask {
                        for round in 0..<250 {
                            guard let http = try? await HTTPTestClient.connect(port: port) else { continue }
                            if (round + worker) % 3 == 0 { _ = try? await http.get("/engine.io/") }
                            if round % 2 == 0 { http.connection.reset() } else { http.close() }
                        }
                    }
                }
            }
            #expect(await eventually { await server.metrics().http.connections == 0 })
            #expect(await server.metrics().http.connectionsRefused.perAddress > 0)
            var inside: [HTTPTestClient] = []
            for _ in 0..<6 { inside.append(try await served(port)) }
            #expect(try await refused(port).status == 429)
        }
    }
}
