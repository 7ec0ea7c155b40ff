import EngineIO
import TestSupport
import Testing

/// Row S2: what else happens at each step of an upgrade, with a poll pending and without one.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO steps of an upgrade` {
    /// How far an upgrade has come.
    enum Step: CaseIterable, Sendable {
        case offered
        case probed
    }

    private let closes = Journal<CloseReason>()
    private let sessions = Journal<Session>()

    /// Gives `body` a server that sends every message back, and tells its sessions.
    private func withServer(
        _ options: EngineOptions = .test(), _ body: (EngineServer, Int) async throws -> Void
    ) async throws {
        let (closes, sessions) = (closes, sessions)
        try await withEngineServer(
            options,
            onConnection: { session in
                sessions.append(session)
                session.onMessage { session.send($0) }
                session.onClose { closes.append($0) }
            }, test: body)
    }

    /// A polling client with a candidate at some step; the poll before it is pending if there is one.
    private func client(
        _ server: EngineServer, _ port: Int, at step: Step, polls: Bool
    ) async throws -> (EngineTestClient, WebSocketTestClient) {
        let client = try await EngineTestClient.connect(port: port, .polling)
        let candidate = try await client.openCandidate()
        if step == .probed {
            try await candidate.send("2probe")
            #expect(try await candidate.receive() == "3probe")
        } else if polls {
            try await client.startPoll()
        }
        await server.settle()
        return (client, candidate)
    }

    private func expectEchoes(_ client: EngineTestClient, _ text: String) async throws {
        try await client.send(.text("4" + text))
        var answer = try await client.receive()
        while answer == "6" { answer = try await client.receive() }
        #expect(answer == .text("4" + text))
    }

    // MARK: Wrong packets

    static let wrong: [[WebSocketTestFrame]] = [
        [.text("0")], [.text("1")], [.text("2")], [.text("2probe?")], [.text("3probe")], [.text("4hello")],
        [.text("5")], [.text("6")], [.text("7")], [.text("bAAAA")], [.text("b!")], [.text("")],
        [.text("2prob\u{E9}")],
        [.binary([])], [.binary(Array("2probe".utf8))], [.binary([4])],
        [.text("2pro", isFinal: false), .continuation(Array("bes".utf8))],
        [WebSocketTestFrame(opcode: 0x3)], [WebSocketTestFrame(opcode: 0x1, [0xFF])],
        [WebSocketTestFrame(opcode: 0x1, Array("2probe".utf8), isMasked: false)],
        [WebSocketTestFrame(opcode: 0x1, Array("2probe".utf8), reserved: 0x40)],
        [.close(code: 1000)], [WebSocketTestFrame(opcode: 0x8)],
    ]

    @Test(arguments: wrong, Step.allCases)
    func `a wrong packet ends the new WebSocket and nothing else`(
        frames: [WebSocketTestFrame], step: Step
    ) async throws {
        // The right packet of the second step.
        if step == .probed, frames == [.text("5")] { return }
        try await withServer { server, port in
            for polls in [false, true] {
                let (client, candidate) = try await client(server, port, at: step, polls: polls)
                for frame in frames { try await candidate.send(frames: frame) }
                #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
                try await expectEchoes(client, "polling goes on")
                try await client.upgrade()
                try await expectEchoes(client, "and may be upgraded")
            }
            #expect(closes.all.allSatisfy { $0 == .transportClose }, "the client's own goodbye")
        }
    }

    @Test func `a probe may come in fragments`() async throws {
        try await withServer { server, port in
            let (client, candidate) = try await client(server, port, at: .offered, polls: false)
            try await candidate.send(
                frames: .text("2", isFinal: false), .ping([1]),
                .continuation(Array("pro".utf8), isFinal: false),
                .continuation([], isFinal: false), .continuation(Array("be".utf8)))
            #expect(try await candidate.frame().opcode == 0xA)
            #expect(try await candidate.receive() == "3probe")
            try await candidate.send("5")
            client.use(candidate)
            try await expectEchoes(client, "hello")
        }
    }

    // MARK: More than one WebSocket

    @Test(arguments: Step.allCases, [1, 2])
    func `only the first of many WebSockets stays`(step: Step, loops: Int) async throws {
        try await withServer(.test(loops: loops)) { server, port in
            let (client, candidate) = try await client(server, port, at: step, polls: true)
            for _ in 0..<20 {
                let other = try await client.openCandidate()
                try? await other.send("2probe", "5", "4intruder")
                #expect(try await other.end().allSatisfy { $0.opcode == 0x8 })
            }
            if step == .offered {
                try await candidate.send("2probe")
                #expect(try await candidate.receive() == "3probe")
            }
            try await candidate.send("5")
            client.use(candidate)
            for _ in 0..<20 {
                let other = try await client.openCandidate()
                try? await other.send("2probe", "5", "4intruder")
                #expect(try await other.end().allSatisfy { $0.opcode == 0x8 })
            }
            try await expectEchoes(client, "hello")
            #expect(closes.all == [])
        }
    }

    // MARK: Ends

    @Test(arguments: Step.allCases, [false, true])
    func `the client's close over polling ends the new WebSocket, too`(step: Step, polls: Bool) async throws {
        try await withServer { server, port in
            let (client, candidate) = try await client(server, port, at: step, polls: polls)
            #expect(try await client.post("1").text == "ok")
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
            #expect(await closes.waitFor(1) == [.transportClose])
            #expect(await server.sessionCount() == 0)
        }
    }

    @Test func `a lost poll ends the new WebSocket, too`() async throws {
        try await withServer { server, port in
            let (client, candidate) = try await client(server, port, at: .offered, polls: true)
            client.dropPoll()
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
            #expect(await closes.waitFor(1) == [.transportError])
        }
    }

    @Test(arguments: Step.allCases, [false, true])
    func `the server's close ends both`(step: Step, polls: Bool) async throws {
        try await withServer { server, port in
            let (client, candidate) = try await client(server, port, at: step, polls: polls)
            for session in await sessions.waitFor(1) {
                for number in 0..<3 { session.send("last \(number)") }
                session.close()
            }
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
            #expect(try await client.end() == ["4last 0", "4last 1", "4last 2", "1"])
            #expect(await closes.waitFor(1) == [.forcedClose])
        }
    }

    @Test(arguments: Step.allCases, [false, true])
    func `closing the whole server ends both`(step: Step, polls: Bool) async throws {
        try await withServer { server, port in
            let (client, candidate) = try await client(server, port, at: step, polls: polls)
            async let end = client.end()
            await server.closeInTest()
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
            // A poll that came before the close was released at once.
            #expect(try await end.filter { $0 != "6" } == ["1"])
            #expect(closes.all == [.forcedClose])
        }
    }

    @Test(arguments: [1, 2])
    func `messages queued before a close leave over the WebSocket that was just opened`(
        loops: Int
    ) async throws {
        let count = 200
        let closes = closes
        try await withEngineServer(.test(loops: loops)) { session in
            session.onClose { closes.append($0) }
            session.onUpgrade {
                for number in 0..<count { session.send("\(number)" + String(repeating: "x", count: 20_000)) }
                session.close()
            }
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.upgrade()
            let packets = try await client.end()
            #expect(packets.map { $0.text.dropFirst().prefix { $0 != "x" } } == (0..<count).map { "\($0)" })
            #expect(await closes.waitFor(1) == [.forcedClose])
        }
    }

    @Test(arguments: Step.allCases)
    func `upgradeTimeout ends the new WebSocket, and a poll that is pending stays`(step: Step) async throws {
        try await withServer(.test { $0.upgradeTimeout = .milliseconds(150) }) { server, port in
            let start = ContinuousClock.now
            let (client, candidate) = try await client(server, port, at: step, polls: true)
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
            #expect(.now - start >= .milliseconds(150) - tolerance)
            try await expectEchoes(client, "hello")
        }
    }

    @Test func `upgradeTimeout is over with the upgrade`() async throws {
        try await withServer(.test { $0.upgradeTimeout = .milliseconds(150) }) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.upgrade()
            let start = ContinuousClock.now
            _ = await eventually { .now - start > .milliseconds(300) }
            try await expectEchoes(client, "hello")
        }
    }

    @Test func `a candidate does not keep a silent session`() async throws {
        let options = EngineOptions.test {
            $0.pingInterval = .milliseconds(50)
            $0.pingTimeout = .milliseconds(100)
        }
        try await withServer(options) { server, port in
            let (_, candidate) = try await client(server, port, at: .probed, polls: false)
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
            #expect(await closes.waitFor(1) == [.pingTimeout])
        }
    }

    // MARK: Cut off

    @Test(arguments: UpgradeCut.allCases, [1, 2])
    func `a cut at each byte before the 5 is complete leaves the pending poll as it is`(
        cut: UpgradeCut, loops: Int
    ) async throws {
        try await withServer(.test(loops: loops)) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let frames = WebSocketTestFrame.text("2probe").bytes + WebSocketTestFrame.text("5").bytes
            for count in 0..<frames.count {
                try await client.startPoll()
                let candidate = try await client.openCandidate()
                try await candidate.connection.send(Array(frames[..<count]))
                cut.perform(on: candidate.connection)
                try await expectEchoes(client, "\(count)")
                await server.settle()
            }
            #expect(closes.all == [])
        }
    }

    @Test(arguments: UpgradeCut.allCases)
    func `a cut behind the 5 is the end of the session`(cut: UpgradeCut) async throws {
        try await withServer { server, port in
            let (client, candidate) = try await client(server, port, at: .probed, polls: false)
            try await candidate.send("5")
            await server.settle()
            cut.perform(on: candidate.connection)
            #expect(await closes.waitFor(1) == [.transportClose])
            #expect(try await client.poll().status == 400)
        }
    }

    // MARK: POSTs under way

    @Test(arguments: [1, 2])
    func `a POST that is under way when the 5 comes is delivered and answered`(loops: Int) async throws {
        try await withServer(.test(loops: loops)) { server, port in
            let (client, candidate) = try await client(server, port, at: .probed, polls: false)
            let http = try await HTTPTestClient.connect(port: port)
            let request = HTTPTestClient.bytes("POST", client.target(), body: Array("4late".utf8))
            try await http.connection.send(Array(request.dropLast(2)))
            await server.settle()
            try await candidate.send("5")
            client.use(candidate)
            try await expectEchoes(client, "first")
            try await http.connection.send(Array(request.suffix(2)))
            #expect(try await http.response().text == "ok")
            #expect(try await client.receive() == "4late")
        }
    }

    @Test(arguments: UpgradeCut.allCases)
    func `a POST that is cut off behind the 5 does not end the session`(cut: UpgradeCut) async throws {
        try await withServer { server, port in
            let (client, candidate) = try await client(server, port, at: .probed, polls: false)
            let http = try await HTTPTestClient.connect(port: port)
            let request = HTTPTestClient.bytes("POST", client.target(), body: Array("4late".utf8))
            try await http.connection.send(Array(request.dropLast(2)))
            await server.settle()
            try await candidate.send("5")
            client.use(candidate)
            try await expectEchoes(client, "first")
            cut.perform(on: http.connection)
            await server.settle()
            try await expectEchoes(client, "second")
            #expect(closes.all == [])
        }
    }
}

/// How a connection is lost.
enum UpgradeCut: CaseIterable, Sendable {
    case end
    case reset

    func perform(on connection: TCPTestClient) {
        switch self {
        case .end: connection.close()
        case .reset: connection.reset()
        }
    }
}
