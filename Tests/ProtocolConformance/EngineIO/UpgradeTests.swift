import EngineIO
import TestSupport
import Testing

/// Row S2: from polling to a WebSocket.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO upgrade` {
    /// A session that became a WebSocket's.
    private func upgraded(port: Int) async throws -> EngineTestClient {
        let client = try await EngineTestClient.connect(port: port, .polling)
        try await client.upgrade()
        return client
    }

    @Test(arguments: [1, 2])
    func `a probe is answered`(loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send("2probe")
            #expect(try await candidate.receive() == "3probe")
        }
    }

    @Test(arguments: [1, 2])
    func `the pending poll is ended with a noop`(loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            let candidate = try await client.openCandidate()
            try await candidate.send("2probe")
            #expect(try await client.poll().text == "6")
        }
    }

    @Test func `a poll that comes after the probe is ended with a noop`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send("2probe")
            _ = try await candidate.receive()
            #expect(try await client.poll().text == "6")
        }
    }

    @Test(arguments: [1, 2])
    func `messages travel over the WebSocket afterwards`(loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { _, port in
            let client = try await upgraded(port: port)
            try await client.send("4hello", [1, 2, 3])
            #expect(try await client.receive(2) == ["4hello", [1, 2, 3]])
        }
    }

    @Test func `the session tells its transport`() async throws {
        let transports = Journal<Transport>()
        let onConnection: @Sendable (Session) -> Void = { session in
            session.onMessage { _ in transports.append(session.transport) }
        }
        try await withEngineServer(onConnection: onConnection) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.send("4")
            try await client.upgrade()
            try await client.send("4")
            #expect(await transports.waitFor(2) == [.polling, .webSocket])
        }
    }

    @Test func `messages that wait for a poll come over the WebSocket`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.send("4first", [2])
            try await client.upgrade()
            #expect(try await client.receive(2) == ["4first", [2]])
        }
    }

    @Test func `messages during the upgrade come with the next poll`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send("2probe")
            _ = try await candidate.receive()
            try await client.send("4meanwhile")
            #expect(try await client.receive() == "4meanwhile")
        }
    }

    // MARK: Afterwards

    @Test(arguments: ["GET", "POST"])
    func `polling is refused and the WebSocket goes on`(method: String) async throws {
        try await withEngineServer { _, port in
            let client = try await upgraded(port: port)
            let response = try await HTTPTestClient.request(
                port: port, method, client.target(), body: method == "POST" ? Array("4x".utf8) : nil)
            #expect(response.status == 400)
            #expect(response.text == #"{"code":3,"message":"Bad request"}"#)
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test(arguments: [1, 2])
    func `another WebSocket is closed and the first goes on`(loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { _, port in
            let client = try await upgraded(port: port)
            let second = try await client.openCandidate()
            #expect(try await second.end().allSatisfy { $0.opcode == 0x8 })
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `the end of the WebSocket is the end of the session`() async throws {
        let closes = Journal<CloseReason>()
        try await withEngineServer {
            $0.onClose { closes.append($0) }
        } test: { _, port in
            let client = try await upgraded(port: port)
            client.webSocket?.close()
            #expect(await closes.waitFor(1) == [.transportClose])
        }
    }

    // MARK: Upgrades that fail

    @Test func `a WebSocket while another is probing is closed`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let first = try await client.openCandidate()
            try await first.send("2probe")
            _ = try await first.receive()
            let second = try await client.openCandidate()
            #expect(try await second.end().allSatisfy { $0.opcode == 0x8 })
            try await first.send("5", "4hello")
            #expect(try await first.receive() == "4hello")
        }
    }

    @Test func `a WebSocket for a session that began with one is closed`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .webSocket)
            let second = try await client.openCandidate()
            #expect(try await second.end().allSatisfy { $0.opcode == 0x8 })
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    static let wrongPackets: [TestMessage] = [
        "2", "2prob", "2probes", "3probe", "4hello", "5", "1", "6", "0", "x", "", [], [1],
    ]

    @Test(arguments: wrongPackets)
    func `a wrong first packet closes the WebSocket`(packet: TestMessage) async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send(packet)
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
        }
    }

    @Test(arguments: wrongPackets)
    func `after a wrong first packet polling goes on`(packet: TestMessage) async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send(packet)
            _ = try await candidate.end()
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test(arguments: ["2probe", "4hello", "1", "3", "x", [1]] as [TestMessage])
    func `a wrong second packet closes the WebSocket and polling goes on`(packet: TestMessage) async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send("2probe")
            _ = try await candidate.receive()
            try await candidate.send(packet)
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
            try await client.send("4still polling")
            #expect(try await client.receive() == "4still polling")
        }
    }

    @Test(arguments: [false, true])
    func `an upgrade that takes too long is given up and polling goes on`(probes: Bool) async throws {
        try await withEngineServer(.test { $0.upgradeTimeout = .milliseconds(200) }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let start = ContinuousClock.now
            let candidate = try await client.openCandidate()
            if probes { try await candidate.send("2probe") }
            _ = try await candidate.end()
            #expect(.now - start >= .milliseconds(200) - tolerance)
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `after a failed upgrade another one succeeds`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send("x")
            _ = try await candidate.end()
            try await client.upgrade()
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `a session that ends takes its probing WebSocket with it`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send("2probe")
            _ = try await candidate.receive()
            _ = try await client.post("1")
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
        }
    }
}
