import EngineIO
import TestSupport
import Testing

/// What `EngineServer.metrics` counts.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO metrics` {
    @Test(arguments: [1, 2])
    func `sessions and handshakes are counted by transport, upgrades for themselves`(loops: Int) async throws
    {
        try await withEngineServer(.test(loops: loops)) { server, port in
            var clients: [EngineTestClient] = []
            for number in 0..<6 {
                let transport: Transport = number < 4 ? .polling : .webSocket
                clients.append(try await EngineTestClient.connect(port: port, transport))
            }
            let before = await server.metrics()
            #expect(before.sessions == [.polling: 4, .webSocket: 2])
            #expect(before.upgrades == 0)
            try await clients[0].upgrade()
            try await clients[0].send("4x")
            _ = try await clients[0].receive()
            let after = await server.metrics()
            #expect(after.sessions == [.polling: 3, .webSocket: 3])
            #expect(after.handshakes == [.polling: 4, .webSocket: 2])
            #expect(after.upgrades == 1)
            #expect(after.loops.count == loops)
        }
    }

    @Test func `ends are counted by reason`() async throws {
        let options = EngineOptions.test {
            $0.pingInterval = .milliseconds(200)
            $0.pingTimeout = .milliseconds(50)
        }
        try await withEngineServer(options) { session in
            session.onMessage { _ in session.close() }
        } test: { server, port in
            // In this order: each of the first four ends its session, the last does nothing.
            for packet in ["1", "x", "2", "4close"] as [TestMessage] {
                let client = try await EngineTestClient.connect(port: port)
                try await client.send(packet)
                _ = try await client.end()
            }
            let silent = try await EngineTestClient.connect(port: port)
            #expect(await eventually { await server.metrics().closes.count == 5 })
            let metrics = await server.metrics()
            for reason in CloseReason.allCases { #expect(metrics.closes[reason] == 1) }
            #expect(metrics.sessions == [:])
            silent.close()
        }
    }

    @Test func `refusals are counted by code and context`() async throws {
        let options = EngineOptions.test(loops: 2) {
            $0.allowRequest = { $0.queryValue("deny") == nil ? .allow : .refuse() }
        }
        try await withEngineServer(options) { server, port in
            for query in ["transport=foo", "transport=foo", "EIO=4&transport=polling&sid=x"] {
                _ = try await HTTPTestClient.get(port: port, "/engine.io/?" + query)
            }
            for _ in 0..<3 { _ = try await HTTPTestClient.get(port: port, Handshake.polling + "&deny=1") }
            _ = try await Handshake.refusedUpgrade(port: port, Handshake.webSocket + "&deny=1")
            let lines = await server.metrics().refusals.map {
                "\($0.code.rawValue) \($0.context) \($0.count)"
            }
            #expect(lines.sorted() == ["0 UNKNOWN_TRANSPORT 2", "1 UNKNOWN_SID 1", "4 FORBIDDEN 4"])
        }
    }

    @Test(arguments: Transport.allCases)
    func `packets and bytes are counted in both directions`(transport: Transport) async throws {
        try await withEngineServer { server, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            for _ in 0..<10 {
                try await client.send("4hello", [1, 2, 3, 4])
                _ = try await client.receive(2)
            }
            let metrics = await server.metrics()
            #expect(metrics.packetsReceived == 20)
            #expect(metrics.bytesReceived == 10 * (6 + 4))
            #expect(metrics.packetsSent == 20)
            // With the two bytes of each frame's head.
            #expect(metrics.bytesSent == 10 * (8 + 6))
        }
    }

    @Test(arguments: Transport.allCases)
    func `what waits for a client is counted until it has left`(transport: Transport) async throws {
        let sessions = Journal<Session>()
        try await withEngineServer {
            sessions.append($0)
        } test: { server, port in
            let client = try await EngineTestClient.connect(
                port: port, transport, receiveBuffer: transport == .webSocket ? 4_096 : nil)
            #expect(await server.metrics().queuedBytes == 0)
            for _ in 0..<60 { sessions.all.first?.send([UInt8](repeating: 1, count: 100_000)) }
            #expect(await server.metrics().queuedBytes > 1_000_000)
            _ = try await client.receive(60)
            #expect(await eventually { await server.metrics().queuedBytes == 0 })
        }
    }

    @Test func `a session that ends leaves nothing queued`() async throws {
        let sessions = Journal<Session>()
        try await withEngineServer {
            sessions.append($0)
        } test: { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            sessions.all.first?.send("never read")
            #expect(await server.metrics().queuedBytes > 0)
            _ = try await client.post("1")
            #expect(await server.metrics().queuedBytes == 0)
        }
    }

    @Test func `the HTTP server's figures are among them`() async throws {
        try await withEngineServer { server, port in
            let client = try await EngineTestClient.connect(port: port)
            #expect(await server.metrics().http.connections == 1)
            _ = try await HTTPTestClient.lastAnswer(port: port, "BAD", "nothing")
            #expect(await server.metrics().http.requestsRefused == [400: 1])
            client.close()
        }
    }
}
