import EngineIO
import TestSupport
import Testing

/// Row S6: sessions and messages as asynchronous sequences.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO sequences` {
    /// The server's first session.
    private func firstSession(of server: EngineServer) async throws -> Session {
        var sessions = server.sessions.makeAsyncIterator()
        return try #require(await sessions.next())
    }

    @Test(arguments: Transport.allCases, [1, 2])
    func `sessions and their messages are read in loops`(transport: Transport, loops: Int) async throws {
        try await withSequenceServer(.test(loops: loops)) { server, port in
            let serving = Task {
                for await session in server.sessions {
                    Task { for await message in session.messages { session.send(message) } }
                }
            }
            for _ in 0..<3 {
                let client = try await EngineTestClient.connect(port: port, transport)
                let packets = (0..<100).map { TestMessage.text("4\($0)") } + [[1, 2, 3]]
                for packet in packets { try await client.send(packet) }
                #expect(try await client.receive(101) == packets)
            }
            await server.closeInTest(grace: .zero)
            await serving.value
        }
    }

    @Test func `messages that came before the reader wait for it, in order`() async throws {
        try await withSequenceServer { server, port in
            let client = try await EngineTestClient.connect(port: port)
            for number in 0..<50 { try await client.send(.text("4\(number)")) }
            let session = try await firstSession(of: server)
            await server.settle()
            var messages = session.messages.makeAsyncIterator()
            for number in 0..<50 { #expect(await messages.next() == .text("\(number)")) }
        }
    }

    @Test(arguments: Transport.allCases)
    func `messages end with the session, behind the last of them`(transport: Transport) async throws {
        try await withSequenceServer { server, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            try await client.send("4a", "4b", "1")
            let session = try await firstSession(of: server)
            var heard: [Message] = []
            for await message in session.messages { heard.append(message) }
            #expect(heard == [.text("a"), .text("b")])
            #expect(await server.sessionCount() == 0)
        }
    }

    @Test func `a server that closes ends both`() async throws {
        try await withSequenceServer { server, port in
            let client = try await EngineTestClient.connect(port: port)
            let session = try await firstSession(of: server)
            async let count = session.messages.reduce(0) { count, _ in count + 1 }
            await server.closeInTest(grace: .zero)
            #expect(await count == 0)
            for await _ in server.sessions { Issue.record("a session after the end") }
            client.close()
        }
    }

    @Test func `sessions of a server with a callback are not in the sequence`() async throws {
        try await withEngineServer { server, port in
            _ = try await EngineTestClient.connect(port: port)
            for await _ in server.sessions { Issue.record("a session twice") }
        }
    }

    // MARK: Readers that stop

    /// A server whose readers may let 10,000 bytes wait, and whose clients would soon be gone if they were not heard.
    private func withSlowServer(_ test: (EngineServer, Int) async throws -> Void) async throws {
        let options = EngineOptions.test {
            $0.receiveQueue = 10_000
            $0.pingInterval = .milliseconds(500)
            $0.pingTimeout = .milliseconds(1_200)
        }
        try await withSequenceServer(options, test: test)
    }

    private static let text = String(repeating: "x", count: 1_000)

    /// How many of the messages the server has read.
    private func readCount(_ server: EngineServer) async -> Int { await server.metrics().packetsReceived }

    @Test func `a WebSocket client is held up, loses nothing and is not timed out`() async throws {
        try await withSlowServer { server, port in
            let client = try await EngineTestClient.connect(port: port)
            let sending = Task {
                for number in 0..<3_000 { try await client.send(.text("4\(number) " + Self.text)) }
            }
            let session = try await firstSession(of: server)
            // It stops being read from, for longer than a silent client would live.
            let start = ContinuousClock.now
            _ = await eventually { .now - start > .milliseconds(2_000) }
            #expect(await readCount(server) < 20)
            #expect(await server.sessionCount() == 1)
            var messages = session.messages.makeAsyncIterator()
            for number in 0..<3_000 {
                #expect(await messages.next() == .text("\(number) " + Self.text))
            }
            try await sending.value
        }
    }

    @Test func `a polling client's POST is not answered before there is room`() async throws {
        try await withSlowServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let session = try await firstSession(of: server)
            let payload = (0..<20).map { "4\($0) " + Self.text }.joined(separator: "\u{1E}")
            let answers = Journal<String>()
            let posting = Task { answers.append(try await client.post(payload).text) }
            let start = ContinuousClock.now
            _ = await eventually { .now - start > .milliseconds(2_000) }
            #expect(answers.all == [])
            #expect(await server.sessionCount() == 1)
            var messages = session.messages.makeAsyncIterator()
            for number in 0..<20 { #expect(await messages.next() == .text("\(number) " + Self.text)) }
            try await posting.value
            #expect(answers.all == ["ok"])
        }
    }

    @Test func `a client that has said its last word while held up is heard to the end`() async throws {
        try await withSlowServer { server, port in
            let client = try await EngineTestClient.connect(port: port)
            for number in 0..<100 { try await client.send(.text("4\(number) " + Self.text)) }
            // Not closed: a ping that it has not read would make that a reset, and a reset discards what is unread.
            client.webSocket?.connection.finishSending()
            let session = try await firstSession(of: server)
            await server.settle()
            var heard = 0
            for await message in session.messages {
                #expect(message == .text("\(heard) " + Self.text))
                heard += 1
            }
            #expect(heard == 100)
        }
    }

    @Test func `many empty messages count as well`() async throws {
        try await withSlowServer { server, port in
            let client = try await EngineTestClient.connect(port: port)
            let sending = Task { for _ in 0..<2_000 { try await client.send("4") } }
            let session = try await firstSession(of: server)
            _ = try await sending.value
            await server.settle()
            #expect(await readCount(server) < 200)
            var messages = session.messages.makeAsyncIterator()
            for _ in 0..<2_000 { #expect(await messages.next() == .text("")) }
        }
    }

    @Test func `a reader that stops does not hold up the server's end`() async throws {
        try await withSlowServer { server, port in
            let client = try await EngineTestClient.connect(port: port)
            for _ in 0..<100 { try await client.send(.text("4" + Self.text)) }
            _ = try await firstSession(of: server)
            await server.closeInTest(grace: .milliseconds(200))
            #expect(await server.sessionCount() == 0)
        }
    }
}
