import EngineIO
import TestSupport
import Testing

/// Rows S7, S8 and S9: what a session tells about its client, and its callbacks.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO sessions` {
    @Test(arguments: Transport.allCases)
    func `a new session has its request, address and transport`(transport: Transport) async throws {
        let seen = Journal<String>()
        try await withEngineServer { session in
            let request = session.request
            let query = ["EIO", "a", "c"].map { request.queryValue($0) ?? "" }.joined(separator: ",")
            seen.append([query, request.field("x-test") ?? "", request.path].joined(separator: " "))
            seen.append(
                [session.peer.host, session.address, session.transport.rawValue].joined(separator: " "))
        } test: { _, port in
            let client = try await EngineTestClient.connect(
                port: port, transport, query: "&a=b&c=d%20e", fields: ["X-Test: 1"])
            #expect(
                seen.all == ["4,b,d e 1 /engine.io/", "127.0.0.1 127.0.0.1 \(transport.rawValue)"])
            client.close()
        }
    }

    @Test func `its request stays the first one after an upgrade`() async throws {
        let seen = Journal<String>()
        try await withEngineServer { session in
            session.onMessage { _ in seen.append(session.request.queryValue("transport") ?? "") }
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.upgrade()
            try await client.send("4")
            #expect(await seen.waitFor(1) == ["polling"])
        }
    }

    @Test(arguments: Transport.allCases)
    func `the handler is told once for each session, with the id that its client has`(transport: Transport)
        async throws
    {
        let ids = Journal<String>()
        try await withEngineServer(.test(loops: 2)) {
            ids.append($0.id.description)
        } test: { server, port in
            #expect(await server.sessionCount() == 0)
            var clients: [EngineTestClient] = []
            for count in 1...5 {
                clients.append(try await EngineTestClient.connect(port: port, transport))
                #expect(await server.sessionCount() == count)
            }
            #expect(ids.all == clients.map(\.sid))
        }
    }

    @Test func `behind a trusted proxy the address is the client's`() async throws {
        let seen = Journal<String>()
        var options = EngineOptions.test()
        options.http.connections.trustedProxies.ranges = [try #require(AddressRange("127.0.0.0/8"))]
        try await withEngineServer(options) {
            seen.append($0.address + " " + $0.peer.host)
        } test: { _, port in
            _ = try await EngineTestClient.connect(
                port: port, .polling, fields: ["X-Forwarded-For: 203.0.113.7"])
            #expect(seen.all == ["203.0.113.7 127.0.0.1"])
        }
    }

    // MARK: onClose

    @Test func `onClose after the end is called at once with the reason`() async throws {
        let sessions = Journal<Session>()
        let closes = Journal<CloseReason>()
        try await withEngineServer {
            sessions.append($0)
        } test: { server, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send("1")
            #expect(await eventually { await server.sessionCount() == 0 })
            sessions.all.first?.onClose { closes.append($0) }
            #expect(await closes.waitFor(1) == [.transportClose])
        }
    }

    @Test func `onClose is called once, whatever is called afterwards`() async throws {
        let closes = Journal<CloseReason>()
        try await withEngineServer { session in
            session.onClose { reason in
                closes.append(reason)
                session.close(discarding: true)
                session.send("too late")
            }
            session.onMessage { _ in
                session.close(discarding: true)
                session.close()
            }
        } test: { server, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send("4now")
            #expect(try await client.end() == [])
            await server.settle()
            #expect(closes.all == [.forcedClose])
        }
    }

    @Test func `callbacks may be set from any thread`() async throws {
        let sessions = Journal<Session>()
        let heard = Journal<Message>()
        try await withEngineServer {
            sessions.append($0)
        } test: { server, port in
            let client = try await EngineTestClient.connect(port: port)
            let session = try #require(sessions.all.first)
            session.onMessage { heard.append($0) }
            await server.settle()
            try await client.send("4hello")
            #expect(await heard.waitFor(1) == [.text("hello")])
        }
    }

    // MARK: flushed

    /// A session, once its client is there.
    private func withSession(
        _ transport: Transport, _ body: (Session, EngineTestClient, EngineServer) async throws -> Void
    ) async throws {
        let sessions = Journal<Session>()
        try await withEngineServer {
            sessions.append($0)
        } test: { server, port in
            let client = try await EngineTestClient.connect(
                port: port, transport, receiveBuffer: transport == .webSocket ? 4_096 : nil)
            try await body(try #require(sessions.all.first), client, server)
        }
    }

    @Test func `flushed waits for the poll that takes the messages`() async throws {
        try await withSession(.polling) { session, client, server in
            let ends = Journal<Bool>()
            session.send("a")
            session.send("b")
            let waiting = Task { ends.append(await session.flushed()) }
            await server.settle()
            #expect(ends.all == [])
            let packets = try await client.receive(2)
            #expect(packets == ["4a", "4b"])
            await waiting.value
            #expect(ends.all == [true])
        }
    }

    @Test func `flushed waits until a WebSocket's connection has taken the messages`() async throws {
        try await withSession(.webSocket) { session, client, server in
            let ends = Journal<Bool>()
            for _ in 0..<60 { session.send([UInt8](repeating: 1, count: 100_000)) }
            let waiting = Task { ends.append(await session.flushed()) }
            await server.settle()
            #expect(ends.all == [])
            _ = try await client.receive(60)
            await waiting.value
            #expect(ends.all == [true])
        }
    }

    @Test(arguments: Transport.allCases)
    func `flushed returns at once when nothing waits`(transport: Transport) async throws {
        try await withSession(transport) { session, _, _ in
            #expect(await session.flushed())
            if transport == .webSocket { session.send("a") }
            #expect(await session.flushed())
        }
    }

    @Test func `flushed is false when the session ends before`() async throws {
        try await withSession(.polling) { session, client, _ in
            session.send("never")
            async let isFlushed = session.flushed()
            session.close(discarding: true)
            #expect(await !isFlushed)
            #expect(await !session.flushed())
            client.close()
        }
    }

    @Test(arguments: Transport.allCases)
    func `flushed is true when a close waited for the last message`(transport: Transport) async throws {
        try await withSession(transport) { session, client, server in
            let ends = Journal<Bool>()
            for _ in 0..<60 { session.send([UInt8](repeating: 1, count: 100_000)) }
            let waiting = Task { ends.append(await session.flushed()) }
            await server.settle()
            session.close()
            let packets = try await client.end()
            #expect(packets.count == (transport == .polling ? 61 : 60))
            await waiting.value
            #expect(ends.all == [true])
        }
    }

    @Test func `each of those who wait is told`() async throws {
        try await withSession(.polling) { session, client, server in
            let ends = Journal<Bool>()
            let waiting = (0..<4).map { number in
                Task {
                    session.send("\(number)")
                    ends.append(await session.flushed())
                }
            }
            _ = try await client.receive(waiting.count)
            for task in waiting { await task.value }
            #expect(ends.all == [true, true, true, true])
        }
    }

    // MARK: volatile

    @Test func `volatile messages are dropped while no poll waits`() async throws {
        try await withSession(.polling) { session, client, server in
            session.send("dropped", volatile: true)
            await server.settle()
            try await client.startPoll()
            #expect(await eventually { await server.gather { _ in session.isWritable }.contains(true) })
            session.send("taken", volatile: true)
            #expect(try await client.receive() == "4taken")
            session.send("dropped, too", volatile: true)
            session.send("kept")
            #expect(try await client.receive() == "4kept")
        }
    }

    @Test func `volatile messages are dropped while a WebSocket is behind`() async throws {
        try await withSession(.webSocket) { session, client, server in
            session.send("first", volatile: true)
            #expect(try await client.receive() == "4first")
            for _ in 0..<60 { session.send([UInt8](repeating: 1, count: 100_000)) }
            session.send("dropped", volatile: true)
            session.send("kept")
            let packets = try await client.receive(61)
            #expect(packets.last == "4kept")
            #expect(!packets.contains("4dropped"))
            #expect(await session.flushed())
            session.send("again", volatile: true)
            #expect(try await client.receive() == "4again")
        }
    }
}
