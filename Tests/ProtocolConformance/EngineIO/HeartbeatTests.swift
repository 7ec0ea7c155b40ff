import EngineIO
import TestSupport
import Testing

/// Row S4: the server pings, only pongs count.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO heartbeat` {
    private let closes = Journal<CloseReason>()

    /// Pings soon, and gives clients `timeout` to answer.
    private func withServer(
        timeout: Duration = .seconds(15), _ body: (EngineServer, Int) async throws -> Void
    ) async throws {
        let closes = closes
        let options = EngineOptions.test {
            $0.pingInterval = .milliseconds(60)
            $0.pingTimeout = timeout
        }
        try await withEngineServer(
            options,
            onConnection: { session in
                session.onMessage { session.send($0) }
                session.onClose { closes.append($0) }
            }, test: body)
    }

    @Test(arguments: Transport.allCases)
    func `each pong is followed by another ping`(transport: Transport) async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            for _ in 0..<3 {
                #expect(try await client.receive() == "2")
                try await client.send("3")
            }
        }
    }

    @Test(arguments: Transport.allCases)
    func `a ping does not come before its interval`(transport: Transport) async throws {
        try await withServer { _, port in
            let start = ContinuousClock.now
            let client = try await EngineTestClient.connect(port: port, transport)
            for round in 1...3 {
                #expect(try await client.receive() == "2")
                #expect(.now - start >= .milliseconds(60) * round - tolerance)
                try await client.send("3")
            }
        }
    }

    @Test(arguments: Transport.allCases)
    func `a client that answers outlives the timeout`(transport: Transport) async throws {
        let start = ContinuousClock.now
        try await withServer(timeout: .seconds(1)) { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            while .now - start < .milliseconds(1_300) {
                #expect(try await client.receive() == "2")
                try await client.send("3")
            }
            #expect(closes.count == 0)
        }
    }

    @Test(arguments: Transport.allCases)
    func `a silent client is closed with ping timeout`(transport: Transport) async throws {
        try await withServer(timeout: .milliseconds(50)) { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            #expect(await closes.waitFor(1) == [.pingTimeout])
            _ = try await client.end()
        }
    }

    @Test(arguments: Transport.allCases)
    func `it has the whole timeout to answer`(transport: Transport) async throws {
        try await withServer(timeout: .milliseconds(120)) { _, port in
            let start = ContinuousClock.now
            let client = try await EngineTestClient.connect(port: port, transport)
            _ = await closes.waitFor(1)
            #expect(.now - start >= .milliseconds(180) - tolerance)
            client.close()
        }
    }

    @Test(arguments: Transport.allCases)
    func `other packets do not keep a client alive`(transport: Transport) async throws {
        try await withServer(timeout: .milliseconds(100)) { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            await #expect(throws: (any Error).self) { while true { try await client.send("4alive", "6") } }
            #expect(await closes.waitFor(1) == [.pingTimeout])
        }
    }

    @Test func `the poll that is pending at the timeout gets the close packet`() async throws {
        try await withServer(timeout: .seconds(3)) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(try await client.poll().text == "2")
            #expect(try await client.poll().text == "1")
        }
    }

    @Test(arguments: Transport.allCases, ["2", "2probe", "2x"] as [TestMessage])
    func `a ping from the client ends the session with transport error`(
        transport: Transport, ping: TestMessage
    ) async throws {
        let closes = closes
        try await withEngineServer {
            $0.onClose { closes.append($0) }
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            try? await client.send(ping)
            #expect(await closes.waitFor(1) == [.transportError])
        }
    }

    @Test func `pings overtake messages that a slow client has not taken`() async throws {
        let onConnection: @Sendable (Session) -> Void = { session in
            session.onMessage { _ in for _ in 0..<400 { session.send([UInt8](repeating: 7, count: 16_384)) } }
        }
        let options = EngineOptions.test { $0.pingInterval = .milliseconds(150) }
        try await withEngineServer(options, onConnection: onConnection) { server, port in
            let client = try await EngineTestClient.connect(port: port, receiveBuffer: 65_536)
            try await client.send("4go")
            // The interval passes while the client does not read.
            let start = ContinuousClock.now
            _ = await eventually { .now - start > .milliseconds(200) }
            let packets = try await client.receive(401)
            #expect(packets.last != "2")
            #expect(packets.contains("2"))
        }
    }
}
