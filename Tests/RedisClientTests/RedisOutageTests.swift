import EngineNet
import RedisClient
import TestSupport
import Testing

@Suite("Losing Redis and finding it again, with a real server", .timeLimit(.minutes(5)))
struct RedisOutageTests {
    @Test func `a server that comes later is found`() async throws {
        let server = try RedisServerProcess()
        try await withLoop { loop async throws in
            let listener = Listener(server.url, on: loop)
            listener.subscriber.subscribe(channels: ["c"])
            listener.subscriber.start()
            #expect(await listener.isDown())
            #expect(listener.status.lastError?.contains("connection refused") == true)
            #expect(await eventually { listener.status.counts.failures > 3 })
            try await server.start()
            #expect(try await listener.hears("hello", on: "c", from: server))
            #expect((listener.status.counts.reconnects, listener.status.counts.gaps) == (0, 0))
            #expect(listener.lines.all.count == 2)
            #expect(listener.lines.all.last?.contains("is back after") == true)
        }
    }

    @Test func `after a crash of the server everything is subscribed again`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let listener = Listener(server.url, on: loop)
            listener.subscriber.subscribe(channels: ["a", "b"], patterns: ["p:*"])
            listener.subscriber.start()
            #expect(try await listener.hears("1", on: "a", from: server))
            server.stop()
            #expect(await listener.isDown())
            try await server.start()
            #expect(try await listener.hears("2", on: "a", from: server))
            #expect(try await listener.hears("3", on: "b", from: server))
            #expect(try await listener.hears("4", on: "p:x", from: server))
            #expect(listener.messages.all.map(\.payload) == ["1", "2", "3", "4"])
            #expect((listener.status.counts.reconnects, listener.status.counts.gaps) == (1, 1))
            #expect(listener.lines.all.count == 2)
            #expect(listener.states.all.last == .live)
        }
    }

    @Test func `a frozen server is found dead by the heartbeat, and found again when it goes on`()
        async throws
    {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let listener = Listener(server.url, on: loop, options: .attentive)
            listener.subscriber.subscribe(channels: ["c"])
            listener.subscriber.start()
            #expect(try await listener.hears("1", on: "c", from: server))
            server.freeze()
            #expect(await listener.isDown())
            #expect(listener.status.lastError?.hasPrefix("no answer to") == true)
            server.thaw()
            #expect(try await listener.hears("2", on: "c", from: server))
            #expect(listener.status.counts.reconnects >= 1)
            #expect(listener.status.counts.gaps >= 1)
        }
    }

    @Test func `the heartbeat keeps a quiet connection alive, with and without subscriptions`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let quiet = Listener(server.url, on: loop, options: .watchful)
            quiet.subscriber.subscribe(channels: ["c"])
            quiet.subscriber.start()
            let empty = Listener(server.url, on: loop, options: .watchful)
            empty.subscriber.start()
            #expect(await eventually { min(quiet.status.counts.pings, empty.status.counts.pings) > 5 })
            #expect((quiet.status.counts.failures, empty.status.counts.failures) == (0, 0))
            #expect((quiet.status.counts.strays, empty.status.counts.strays) == (0, 0))
        }
    }

    @Test func `CLIENT KILL is noticed at once and repaired`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let listener = Listener(server.url, on: loop)
            listener.subscriber.subscribe(channels: ["c"])
            listener.subscriber.start()
            #expect(await listener.isLive())
            for round in 1...3 {
                let id = try #require(try await server.subscriberIDs().first)
                #expect(try await server.cli("CLIENT", "KILL", "ID", id) == "1")
                #expect(await eventually { listener.status.counts.reconnects == round })
                #expect(try await listener.hears("\(round)", on: "c", from: server))
            }
            #expect(listener.status.counts.gaps == 3)
            // Three losses within the time of one report.
            #expect(listener.lines.all.count == 2)
        }
    }

    @Test func `a subscriber that reads too slowly for the server is cut off and comes back`() async throws {
        let server = try await RedisServerProcess.started(
            options: ["--client-output-buffer-limit", "pubsub 100k 100k 1"])
        try await withLoop { loop async throws in
            let listener = Listener(server.url, on: loop)
            listener.subscriber.subscribe(channels: ["c"])
            listener.subscriber.start()
            #expect(await listener.isLive())
            try await server.cli("EVAL", "redis.call('PUBLISH', 'c', string.rep('x', 1000000))", "0")
            #expect(await eventually { listener.status.counts.reconnects == 1 })
            #expect(try await listener.hears("small", on: "c", from: server))
        }
    }
}
