import EngineIO
import TestSupport
import Testing

/// Row E26: both sides of the bounds of what waits for a client.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO send queue` {
    private let closes = Journal<CloseReason>()
    private let sessions = Journal<Session>()

    /// Gives `body` a client over polling, where nothing but the queue holds messages, and its session.
    private func withSession(
        _ transport: Transport = .polling, _ options: EngineOptions = .test(),
        test: (EngineServer, EngineTestClient, Session) async throws -> Void
    ) async throws {
        let (closes, sessions) = (closes, sessions)
        try await withEngineServer(
            options,
            onConnection: { session in
                sessions.append(session)
                session.onClose { closes.append($0) }
            },
            test: { server, port in
                let client = try await EngineTestClient.connect(port: port, transport, receiveBuffer: 32_768)
                try await test(server, client, try #require(await sessions.waitFor(1).first))
                client.close()
            })
    }

    @Test(arguments: [(0, []), (1, [CloseReason.transportError])])
    func `takes so many packets`(more: Int, expected: [CloseReason]) async throws {
        let options = EngineOptions.test {
            $0.sendQueue.packets = 5
        }
        try await withSession(.polling, options) { server, client, session in
            for number in 0..<5 + more { session.send("\(number)") }
            await server.settle()
            #expect(closes.all == expected)
            guard more == 0 else { return }
            let packets = try await client.receive(5)
            #expect(packets == (0..<5).map { .text("4\($0)") })
        }
    }

    /// A text frame of 998 bytes has a header of 4 and a packet type.
    @Test(arguments: [(995, []), (996, [CloseReason.transportError])])
    func `takes so many bytes behind the message that is next`(size: Int, expected: [CloseReason])
        async throws
    {
        let options = EngineOptions.test {
            $0.sendQueue.bytes = 2_000
        }
        try await withSession(.polling, options) { server, client, session in
            for _ in 0..<2 { session.send(String(repeating: "x", count: 995)) }
            session.send([UInt8](repeating: 1, count: size + 1))
            await server.settle()
            #expect(closes.all == expected)
            if expected.isEmpty { _ = try await client.receive(3) }
        }
    }

    @Test(arguments: Transport.allCases)
    func `takes a message that is larger than all that may wait`(transport: Transport) async throws {
        let options = EngineOptions.test {
            $0.sendQueue.bytes = 3_000
        }
        let text = String(repeating: "x", count: 1_000_000)
        try await withSession(transport, options) { server, client, session in
            for message in [text, "y"] { session.send(message) }
            let packets = try await client.receive(2)
            #expect(packets == [.text("4\(text)"), .text("4y")])
            #expect(closes.all.isEmpty)
        }
    }

    @Test func `has room again for what a poll has taken`() async throws {
        let options = EngineOptions.test {
            $0.sendQueue.packets = 5
        }
        try await withSession(.polling, options) { server, client, session in
            for round in 0..<20 {
                for number in 0..<5 { session.send("\(round) \(number)") }
                let packets = try await client.receive(5)
                #expect(packets == (0..<5).map { .text("4\(round) \($0)") })
            }
            #expect(closes.all == [])
        }
    }

    @Test func `counts no pings`() async throws {
        let options = EngineOptions.test {
            $0.sendQueue.packets = 5
            $0.pingInterval = .milliseconds(100)
        }
        try await withSession(.polling, options) { server, client, session in
            for number in 0..<5 { session.send("\(number)") }
            let start = ContinuousClock.now
            _ = await eventually { .now - start > .milliseconds(200) }
            #expect(closes.all == [])
            let packets = try await client.receive(6)
            #expect(packets == ["2"] + (0..<5).map { .text("4\($0)") })
        }
    }

    @Test func `counts no close packet`() async throws {
        let options = EngineOptions.test {
            $0.sendQueue.packets = 5
        }
        try await withSession(.polling, options) { server, client, session in
            for number in 0..<5 { session.send("\(number)") }
            session.close()
            let packets = try await client.end()
            #expect(packets == (0..<5).map { .text("4\($0)") } + ["1"])
            #expect(await closes.waitFor(1) == [.forcedClose])
        }
    }

    @Test(arguments: [(7, []), (11, [CloseReason.transportError])])
    func `of a WebSocket that is not read takes so many megabytes`(
        megabytes: Int, expected: [CloseReason]
    ) async throws {
        let options = EngineOptions.test {
            // The system takes some of it, too.
            $0.sendQueue.bytes = 8_000_000
        }
        try await withSession(.webSocket, options) { server, client, session in
            let chunk = [UInt8](repeating: 1, count: 50_000)
            for _ in 0..<megabytes * 20 { session.send(chunk) }
            await server.settle()
            #expect(closes.all == expected)
            if expected.isEmpty {
                _ = try await client.receive(megabytes * 20)
            } else {
                #expect(await server.metrics().queuedBytes == 0)
            }
        }
    }

    @Test func `of a WebSocket that is not read takes so many packets`() async throws {
        let options = EngineOptions.test {
            $0.sendQueue.packets = 100
        }
        try await withSession(.webSocket, options) { server, client, session in
            let chunk = [UInt8](repeating: 1, count: 50_000)
            // Until it is blocked for sure.
            for _ in 0..<100 { session.send(chunk) }
            await server.settle()
            #expect(closes.all == [])
            for _ in 0..<101 { session.send(chunk) }
            await server.settle()
            #expect(closes.all == [.transportError])
        }
    }

    // MARK: Volatile messages

    @Test func `leaves volatile messages out while a WebSocket is blocked`() async throws {
        let options = EngineOptions.test {
            $0.sendQueue.packets = 1_000
        }
        try await withSession(.webSocket, options) { server, client, session in
            session.send("before", volatile: true)
            for _ in 0..<60 { session.send([UInt8](repeating: 1, count: 65_536)) }
            await server.settle()
            for _ in 0..<5_000 { session.send("meanwhile", volatile: true) }
            await server.settle()
            let packets = try await client.receive(61)
            #expect(packets.first == "4before")
            await server.settle()
            session.send("after", volatile: true)
            let last = try await client.receive()
            #expect(last == "4after")
            #expect(!packets.contains("4meanwhile"))
        }
    }

    @Test func `leaves volatile messages out while no poll is pending`() async throws {
        try await withSession { server, client, session in
            session.send("lost", volatile: true)
            await server.settle()
            try await client.startPoll()
            await server.settle()
            session.send("kept", volatile: true)
            let response = try await client.poll()
            #expect(response.text == "4kept")
        }
    }
}
