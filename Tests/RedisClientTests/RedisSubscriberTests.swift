import EngineNet
import RedisClient
import TestSupport
import Testing

@Suite("Subscribing, with a real server", .timeLimit(.minutes(5)))
struct RedisSubscriberTests {
    @Test func `what is published on channels and patterns is heard in order`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let listener = Listener(server.url, on: loop)
            listener.subscriber.subscribe(channels: ["news"], patterns: ["log:*"])
            listener.subscriber.start()
            #expect(await listener.isLive())
            try await server.cli("PUBLISH", "news", "one")
            try await server.cli("PUBLISH", "other", "not heard")
            try await server.cli("PUBLISH", "log:a", "two")
            try await server.cli("PUBLISH", "news", "")
            #expect(await eventually { listener.messages.all.count == 3 })
            #expect(
                listener.messages.all == [
                    Heard(channel: "news", pattern: nil, payload: "one"),
                    Heard(channel: "log:a", pattern: "log:*", payload: "two"),
                    Heard(channel: "news", pattern: nil, payload: ""),
                ])
            #expect(listener.states.all == [.connecting, .live])
            #expect(await eventually { listener.status.counts.messages == 3 })
            #expect(listener.status.latency != nil)
            #expect(listener.lines.all == [])
        }
    }

    @Test func `subscriptions can be added and ended while it is live`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let listener = Listener(server.url, on: loop)
            listener.subscriber.start()
            #expect(await listener.isLive())
            listener.subscriber.subscribe(channels: ["a", "b"])
            #expect(await eventually { (try? await server.subscriberIDs().count) == 1 })
            #expect(try await listener.hears("1", on: "a", from: server))
            listener.subscriber.unsubscribe(channels: ["a"])
            #expect(await eventually { (try? await server.cli("PUBLISH", "a", "2")) == "0" })
            #expect(try await listener.hears("3", on: "b", from: server))
            // Until the end is confirmed a "2" may still have come.
            #expect(listener.messages.all.map(\.payload).filter { $0 != "2" } == ["1", "3"])
        }
    }

    @Test func `ten thousand messages in a burst all arrive in order`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let listener = Listener(server.url, on: loop)
            listener.subscriber.subscribe(channels: ["burst"])
            listener.subscriber.start()
            #expect(await listener.isLive())
            let script = "for i = 1, 10000 do redis.call('PUBLISH', 'burst', i) end"
            try await server.cli("EVAL", script, "0")
            #expect(await eventually { listener.messages.all.count == 10_000 })
            #expect(listener.messages.all.map(\.payload) == (1...10_000).map(String.init))
        }
    }

    @Test func `a Unix socket works as well`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let listener = Listener(try RedisURL("unix://\(server.unixSocket)?db=2"), on: loop)
            listener.subscriber.subscribe(channels: ["c"])
            listener.subscriber.start()
            #expect(try await listener.hears("hello", on: "c", from: server))
        }
    }

    @Test func `it logs in with the password of the URL`() async throws {
        let server = try await RedisServerProcess.started(password: "p@ss word")
        try await withLoop { loop async throws in
            let url = try RedisURL("redis://:p%40ss%20word@localhost:\(server.port)/1")
            let listener = Listener(url, on: loop)
            listener.subscriber.subscribe(channels: ["c"])
            listener.subscriber.start()
            #expect(try await listener.hears("hello", on: "c", from: server))
        }
    }

    @Test(arguments: [
        ("redis://:wrong@localhost", "the login was refused: WRONGPASS"),
        ("redis://ann:wrong@localhost", "the login was refused: WRONGPASS"),
        ("redis://localhost", "PING was refused: NOAUTH"),
    ])
    func `a wrong or missing password is told clearly and not tried again soon`(text: String, reason: String)
        async throws
    {
        let server = try await RedisServerProcess.started(password: "right")
        try await withLoop { loop async throws in
            let listener = Listener(try RedisURL("\(text):\(server.port)"), on: loop)
            listener.subscriber.subscribe(channels: ["c"])
            listener.subscriber.start()
            #expect(await listener.isDown())
            let error = listener.status.lastError ?? ""
            #expect(error.hasPrefix(reason))
            #expect(error.contains("in the Redis URL") || error.contains("into the Redis URL"))
            #expect(listener.status.counts.refusals == 1)
            #expect(listener.lines.all.count == 1)
            #expect(!listener.lines.all.joined().contains("wrong"))
            // Several ordinary retries (of 100 ms at most) would fit in; the slow one (10 s) does not.
            #expect(await !eventually(within: .milliseconds(500)) { listener.status.counts.failures > 1 })
        }
    }

    @Test func `a password that becomes right is found out by the slow retry`() async throws {
        let server = try await RedisServerProcess.started(password: "old")
        try await withLoop { loop async throws in
            var options = RedisOptions.quick
            options.timing.refusedRetry = .milliseconds(50)
            var url = server.url
            url.password = "new"
            let listener = Listener(url, on: loop, options: options)
            listener.subscriber.start()
            #expect(await listener.isDown())
            try await server.cli("CONFIG", "SET", "requirepass", "new")
            #expect(await listener.isLive())
        }
    }

    @Test func `a channel that the ACL forbids is told`() async throws {
        let server = try await RedisServerProcess.started()
        try await server.cli("ACL", "SETUSER", "ann", "on", ">pw", "resetchannels", "&mine", "+@all")
        try await withLoop { loop async throws in
            var url = server.url
            (url.user, url.password) = ("ann", "pw")
            let listener = Listener(url, on: loop)
            listener.subscriber.subscribe(channels: ["theirs"])
            listener.subscriber.start()
            #expect(await listener.isDown())
            #expect(listener.status.lastError?.hasPrefix("a subscription was refused: NOPERM") == true)
            #expect(listener.status.counts.refusals == 1)
        }
    }

    @Test func `a payload or a channel beyond the limit is dropped and counted, and all others are heard`()
        async throws
    {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            var options = RedisOptions.quick
            options.limits.bulk = 1_000
            let listener = Listener(server.url, on: loop, options: options)
            listener.subscriber.subscribe(channels: ["c"], patterns: ["c:*"])
            listener.subscriber.start()
            #expect(await listener.isLive())
            for size in [1_000, 1_001, 5_000_000, 999] {
                try await server.cli("EVAL", "redis.call('PUBLISH', 'c', string.rep('x', \(size)))", "0")
                let name = "'c:' .. string.rep('x', \(size - 2))"
                try await server.cli("EVAL", "redis.call('PUBLISH', \(name), 'y')", "0")
            }
            #expect(await eventually { listener.messages.all.count == 4 })
            #expect(listener.messages.all.map(\.payload.count) == [1_000, 1, 999, 1])
            #expect(await eventually { listener.status.counts.tooLong == 4 })
            #expect(listener.status.counts.failures == 0)
        }
    }

    @Test func `stop disconnects and start begins again`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let listener = Listener(server.url, on: loop)
            listener.subscriber.subscribe(channels: ["c"])
            listener.subscriber.start()
            #expect(await listener.isLive())
            listener.subscriber.stop()
            #expect(await eventually { (try? await server.subscriberIDs().isEmpty) == true })
            #expect(listener.status.state == .stopped)
            listener.subscriber.start()
            #expect(try await listener.hears("again", on: "c", from: server))
        }
    }

    @Test func `a subscriber that nobody holds any more disconnects`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            var listener: Listener? = Listener(server.url, on: loop)
            listener?.subscriber.subscribe(channels: ["c"])
            listener?.subscriber.start()
            #expect(await eventually { (try? await server.subscriberIDs().count) == 1 })
            listener = nil
            #expect(await eventually { (try? await server.subscriberIDs().isEmpty) == true })
        }
    }
}
