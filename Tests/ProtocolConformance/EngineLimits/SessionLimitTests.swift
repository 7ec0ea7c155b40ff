import EngineIO
import EngineNet
import TestSupport
import Testing

/// Row E25: both sides of the bounds on sessions and handshakes.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO limits of sessions` {
    private static let handshake = "/engine.io/?EIO=4&transport=polling"

    private func admit(loops: Int = 1, _ change: (inout AdmissionLimits) -> Void) -> EngineOptions {
        .test(loops: loops) { change(&$0.admission) }
    }

    private func handshake(_ port: Int, from address: String? = nil) async throws -> HTTPTestResponse {
        let fields = address.map { ["X-Forwarded-For: \($0)"] } ?? []
        return try await HTTPTestClient.request(port: port, "GET", Self.handshake, fields: fields)
    }

    private func statuses(_ port: Int, from addresses: [String?]) async throws -> [Int] {
        var statuses: [Int] = []
        for address in addresses { statuses.append(try await handshake(port, from: address).status) }
        return statuses
    }

    /// The session of a handshake's answer.
    private func sid(_ response: HTTPTestResponse) throws -> String {
        try #require(response.text.split(separator: "\"").dropFirst(3).first.map(String.init))
    }

    private func leave(_ sid: String, _ port: Int) async throws {
        _ = try await HTTPTestClient.request(
            port: port, "POST", Self.handshake + "&sid=\(sid)", body: Array("1".utf8))
    }

    private func expectRefusal(_ response: HTTPTestResponse, _ status: Int, _ message: String) {
        #expect(response.status == status)
        #expect(response.text == #"{"code":4,"message":"\#(message)"}"#)
        #expect(response["Content-Type"] == "application/json")
        #expect(response["Retry-After"] == "5")
    }

    private func refusals(_ server: EngineServer) async -> [String: Int] {
        let refusals = await server.metrics().refusals
        return Dictionary(uniqueKeysWithValues: refusals.map { ($0.context, $0.count) })
    }

    @Test(arguments: [1, 2])
    func `one more than in all gets 503, and has room when one leaves`(loops: Int) async throws {
        try await withEngineServer(admit(loops: loops) { $0.sessions = 3 }) { server, port in
            var sids: [String] = []
            for _ in 0..<3 { sids.append(try sid(try await handshake(port))) }
            for _ in 0..<4 { expectRefusal(try await handshake(port), 503, "Too many sessions") }
            #expect(await refusals(server) == ["TOO_MANY_SESSIONS": 4])
            try await leave(sids[0], port)
            #expect(try await handshake(port).status == 200)
            expectRefusal(try await handshake(port), 503, "Too many sessions")
        }
    }

    @Test func `a WebSocket beyond the limit is refused in words`() async throws {
        try await withEngineServer(admit { $0.sessions = 1 }) { server, port in
            let client = try await EngineTestClient.connect(port: port)
            let refused = try await #require(throws: WebSocketTestClient.Refused.self) {
                try await EngineTestClient.connect(port: port)
            }
            #expect(refused.response.statusLine == "HTTP/1.1 503 Service Unavailable")
            #expect(refused.response.text == "Too many sessions")
            #expect(refused.response["Connection"] == "close")
            client.close()
            #expect(await eventually { await server.sessionCount() == 0 })
            _ = try await EngineTestClient.connect(port: port)
        }
    }

    @Test func `one more of an address gets 429`() async throws {
        try await withEngineServer(admit { $0.sessionsPerAddress = 2 }) { server, port in
            let sids = [try sid(try await handshake(port)), try sid(try await handshake(port))]
            expectRefusal(try await handshake(port), 429, "Too many sessions of this address")
            #expect(await refusals(server) == ["TOO_MANY_SESSIONS_OF_ADDRESS": 1])
            try await leave(sids[1], port)
            #expect(try await handshake(port).status == 200)
        }
    }

    @Test func `behind trusted proxies the client's address counts`() async throws {
        var options = admit { $0.sessionsPerAddress = 2 }
        let proxies = try ["127.0.0.0/8", "10.0.0.0/8"].map { try #require(AddressRange($0)) }
        options.http.connections.trustedProxies = TrustedProxies(ranges: proxies)
        try await withEngineServer(options) { _, port in
            for client in ["192.0.2.1", "192.0.2.2", "203.0.113.9, 192.0.2.3", "192.0.2.4, 10.1.2.3"] {
                let statuses = try await statuses(port, from: [client, client, client])
                #expect(statuses == [200, 200, 429])
            }
            // Only the last address that is no proxy's counts, whatever the client writes before it.
            let statuses = try await statuses(port, from: ["8.8.8.8, 192.0.2.1", "8.8.8.8"])
            #expect(statuses == [429, 200])
        }
    }

    @Test func `who is no trusted proxy cannot choose its address`() async throws {
        var options = admit { $0.sessionsPerAddress = 2 }
        let proxies = [try #require(AddressRange("10.0.0.0/8"))]
        options.http.connections.trustedProxies = TrustedProxies(ranges: proxies)
        try await withEngineServer(options) { _, port in
            let statuses = try await statuses(port, from: ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
            #expect(statuses == [200, 200, 429])
        }
    }

    @Test(arguments: [1, 2])
    func `handshakes have a burst and then a rate`(loops: Int) async throws {
        let options = admit(loops: loops) { ($0.handshakesPerSecond, $0.handshakeBurst) = (10, 5) }
        try await withEngineServer(options) { server, port in
            let start = ContinuousClock.now
            var (taken, refused) = (0, 0)
            while .now - start < .milliseconds(500) || refused == 0 {
                let response = try await handshake(port)
                if response.status == 200 { taken += 1 } else { refused += 1 }
                if response.status != 200 { expectRefusal(response, 429, "Too many handshakes") }
            }
            let elapsed = (.now - start) / .seconds(1)
            #expect(taken >= 5 && taken <= 6 + Int(elapsed * 10))
            #expect(await refusals(server)["TOO_MANY_HANDSHAKES"] ?? 0 == refused)
            // Those refused took no place among the sessions.
            #expect(await server.sessionCount() == taken)
        }
    }

    @Test func `without a burst of its own a second's handshakes may come at once`() async throws {
        try await withEngineServer(admit { $0.handshakesPerSecond = 4 }) { _, port in
            let statuses = try await statuses(port, from: [nil, nil, nil, nil])
            #expect(statuses == [200, 200, 200, 200])
        }
    }

    @Test func `requests of sessions and upgrades are not held up by the rate`() async throws {
        try await withEngineServer(admit { ($0.handshakesPerSecond, $0.handshakeBurst) = (0, 1) }) {
            _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(try await handshake(port).status == 429)
            for _ in 0..<5 {
                try await client.send("4hello")
                #expect(try await client.receive() == "4hello")
            }
            try await client.upgrade()
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    /// Every way in which a handshake can fail or a session end gives its place back.
    @Test func `no way out leaves a place taken`() async throws {
        var options = admit(loops: 2) {
            $0.sessions = 20
            $0.sessionsPerAddress = 20
        }
        options.allowRequest = { $0.query.contains("refuse") ? .refuse("no", status: 401) : .allow }
        try await withEngineServer(options) { server, port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        for round in 0..<80 { try await self.comeAndGo(port, (round + worker) % 8) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await eventually { await server.sessionCount() == 0 })
            var sids: [String] = []
            for _ in 0..<20 { sids.append(try sid(try await handshake(port))) }
            expectRefusal(try await handshake(port), 503, "Too many sessions")
            #expect(await refusals(server)["FORBIDDEN"] ?? 0 > 0)
        }
    }

    private func comeAndGo(_ port: Int, _ way: Int) async throws {
        let http = try await HTTPTestClient.connect(port: port)
        switch way {
        case 0: try await leave(try sid(try await http.get(Self.handshake)), port)
        case 1: #expect(try await http.get(Self.handshake + "&refuse").status == 401)
        case 2: #expect(try await http.get("/engine.io/?EIO=3&transport=polling").status == 400)
        case 3: try await EngineTestClient.connect(port: port).close()
        case 4:
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.upgrade()
            client.close()
        case 5:
            // Gone before it is answered, maybe; its session ends by a second poll.
            try await http.send("GET", Self.handshake + "&refuse")
            http.connection.reset()
        case 6:
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            client.dropPoll()
            client.close()
        default:
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(try await client.post("9junk").status == 400)
        }
    }

    @Test func `ten thousand that are refused leave nothing`() async throws {
        try await withEngineServer(admit { $0.sessions = 0 }) { server, port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let http = try await HTTPTestClient.connect(port: port)
                        for _ in 0..<25 {
                            let requests = (0..<100).flatMap { _ in
                                HTTPTestClient.bytes("GET", Self.handshake)
                            }
                            try await http.connection.send(requests)
                            for _ in 0..<100 { #expect(try await http.response().status == 503) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await refusals(server) == ["TOO_MANY_SESSIONS": 10_000])
            #expect(await server.sessionCount() == 0)
        }
    }
}
