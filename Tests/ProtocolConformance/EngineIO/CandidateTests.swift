import EngineIO
import TestSupport
import Testing

/// Row S2: a WebSocket beside a polling session, and what may happen to either.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO candidates` {
    private let closes = Journal<CloseReason>()
    private let upgrades = Journal<Transport>()

    private func withServer(
        _ options: EngineOptions = .test(), _ body: (EngineServer, Int) async throws -> Void
    ) async throws {
        let (closes, upgrades) = (closes, upgrades)
        try await withEngineServer(options) { session in
            session.onMessage { message in
                session.send(message)
                if message == .text("close") { session.close() }
            }
            session.onUpgrade { upgrades.append(session.transport) }
            session.onClose { closes.append($0) }
        } test: {
            try await body($0, $1)
        }
    }

    @Test func `the handler hears once that the session has become a WebSocket's`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send("2probe")
            _ = try await candidate.receive()
            #expect(upgrades.all == [])
            try await candidate.send("5", "4hello")
            _ = try await candidate.receive()
            #expect(upgrades.all == [.webSocket])
        }
    }

    @Test func `a direct WebSocket never upgrades`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send("4hello")
            _ = try await client.receive()
            #expect(upgrades.all == [])
        }
    }

    @Test func `junk behind a session's handshake ends it with 1002`() async throws {
        try await withServer { _, port in
            let webSocket = try await WebSocketTestClient.connect(
                port: port, Handshake.webSocket, early: Array("test".utf8))
            let frames = try await webSocket.end()
            #expect(frames.count == 2)
            #expect(frames.first?.payload.starts(with: Array("0{".utf8)) == true)
            #expect(frames.last?.closeCode == 1002)
            #expect(await closes.waitFor(1) == [.transportError])
        }
    }

    @Test func `junk behind a candidate's handshake ends only the candidate`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await WebSocketTestClient.connect(
                port: port, client.target(.webSocket), early: Array("test".utf8))
            #expect(try await candidate.end().map(\.closeCode) == [1002])
            try await client.send("4still polling")
            #expect(try await client.receive() == "4still polling")
            #expect(closes.count == 0)
        }
    }

    @Test func `a session that the server closes while one probes takes it along`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send("2probe")
            _ = try await candidate.receive()
            try await client.send("4close")
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
            #expect(try await client.end() == ["4close", "1"])
            #expect(await closes.waitFor(1) == [.forcedClose])
        }
    }

    @Test(arguments: [false, true])
    func `a server that closes ends sessions in the middle of an upgrade`(isProbed: Bool) async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            if isProbed {
                try await candidate.send("2probe")
                _ = try await candidate.receive()
            }
            await server.closeInTest(grace: .milliseconds(50))
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
            #expect(closes.all == [.forcedClose])
        }
    }

    @Test func `a server that closes ends upgraded sessions with a close frame`() async throws {
        try await withServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.upgrade()
            try await client.send("4x")
            _ = try await client.receive()
            async let closing: Void = server.closeInTest()
            #expect(try await client.webSocket?.end().map(\.opcode) == [0x8])
            await closing
            #expect(closes.all == [.forcedClose])
        }
    }

    @Test func `the heartbeat goes on after an upgrade`() async throws {
        let options = EngineOptions.test { $0.pingInterval = .milliseconds(50) }
        try await withServer(options) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.upgrade()
            for _ in 0..<3 {
                #expect(try await client.receive() == "2")
                try await client.send("3")
            }
            #expect(closes.count == 0)
        }
    }

    @Test func `a close packet on the WebSocket ends an upgraded session`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.upgrade()
            try await client.send("1")
            #expect(await closes.waitFor(1) == [.transportClose])
        }
    }
}
