import EngineNet
import RedisClient
import TestSupport
import Testing

/// Starts a connection for commands.
private func connect(
    _ url: RedisURL, on loop: EventLoop, options: RedisOptions = .quick,
    queue: RedisQueueLimits = RedisQueueLimits()
) -> RedisCommands {
    let redis = RedisCommands(url: url, loop: loop, options: options, queue: queue)
    redis.start()
    return redis
}

extension RedisCommands {
    /// The error of a command; nil if it has none.
    fileprivate func failure(_ words: [String]) async -> RedisError? {
        do {
            _ = try await command(words)
            return nil
        } catch {
            return error
        }
    }
}

@Suite("Commands, with a real server", .timeLimit(.minutes(5)))
struct RedisCommandsTests {
    @Test func `a command gets its reply`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let redis = connect(server.url, on: loop)
            #expect(try await redis.command(["SET", "k", "v"]) == .status("OK"))
            #expect(try await redis.command(["GET", "k"]) == .bulk(Array("v".utf8)))
            #expect(try await redis.command(["GET", "none"]) == .null)
            #expect(try await redis.command(["RPUSH", "l", "a", "b"]) == .integer(2))
            #expect(
                try await redis.command(["LRANGE", "l", "0", "-1"]) == .array([.bulk([97]), .bulk([98])]))
            #expect(try await redis.ping() > .zero)
        }
    }

    @Test func `an error reply is thrown and the connection goes on`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let redis = connect(server.url, on: loop)
            let error = await redis.failure(["NOSUCH"])
            guard case .refused(let answer) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(answer.hasPrefix("ERR unknown command"))
            #expect(try await redis.command(["ECHO", "x"]) == .bulk([120]))
        }
    }

    @Test func `what is published is heard, and the receivers are counted`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let listener = Listener(server.url, on: loop)
            listener.subscriber.subscribe(channels: ["c"])
            listener.subscriber.start()
            #expect(await listener.isLive())
            let redis = connect(server.url, on: loop)
            #expect(try await redis.publish("c", Array("one".utf8)) == 1)
            #expect(try await redis.publish("nobody", []) == 0)
            try redis.post(Array("two".utf8), on: "c")
            #expect(await eventually { listener.messages.all.map(\.payload) == ["one", "two"] })
        }
    }

    @Test func `five thousand commands on their way at once get each its own reply`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let redis = connect(server.url, on: loop)
            let replies = Record<String>()
            for i in 0..<5_000 {
                try redis.send(RedisCommand("ECHO", ["\(i)"])) { result in
                    replies.append((try? result.get().text) ?? "failed")
                }
            }
            #expect(await eventually { replies.all.count == 5_000 })
            #expect(replies.all == (0..<5_000).map(String.init))
            #expect(redis.pendingCommands == 0)
        }
    }

    @Test func `tasks on all threads get each its own reply`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let redis = connect(server.url, on: loop)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<50 {
                    group.addTask {
                        for i in 0..<20 {
                            let text = "\(task):\(i)"
                            let reply = try await redis.command(["ECHO", text])
                            #expect(reply.text == text)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `commands given before the server is there are sent when it comes`() async throws {
        let server = try RedisServerProcess()
        try await withLoop { loop async throws in
            var queue = RedisQueueLimits()
            queue.wait = .seconds(60)
            let redis = connect(server.url, on: loop, queue: queue)
            async let reply = redis.command(["ECHO", "x"])
            #expect(await eventually { redis.status.isDown && redis.pendingCommands == 1 })
            try await server.start()
            let echoed = try await reply
            #expect(echoed == .bulk([120]))
        }
    }

    @Test func `without a connection a command fails after its time, with the reason`() async throws {
        let server = try RedisServerProcess()
        try await withLoop { loop async throws in
            var queue = RedisQueueLimits()
            queue.wait = .milliseconds(50)
            let redis = connect(server.url, on: loop, queue: queue)
            #expect(await eventually { redis.status.isDown })
            let error = await redis.failure(["PING"])
            guard case .notConnected(.milliseconds(50), let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason?.contains("connection refused") == true)
            #expect(redis.pendingCommands == 0)
        }
    }

    @Test func `commands beyond the limit are refused, and taken again when there is room`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            var queue = RedisQueueLimits()
            queue.commands = 10
            let redis = connect(server.url, on: loop, queue: queue)
            #expect(await eventually { redis.status.state == .live })
            server.freeze()
            for _ in 0..<10 { try redis.send(RedisCommand("PING")) { _ in } }
            #expect(throws: RedisError.tooManyCommands(limit: 10)) { try redis.post([], on: "c") }
            #expect(await redis.failure(["PING"]) == .tooManyCommands(limit: 10))
            server.thaw()
            #expect(await eventually { redis.pendingCommands == 0 })
            #expect(try await redis.publish("c", []) == 0)
        }
    }

    @Test func `bytes beyond the limit are refused`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            var queue = RedisQueueLimits()
            let command = RedisCommand("ECHO", ["0123456789"])
            queue.bytes = command.encoded().count * 2
            let redis = connect(server.url, on: loop, queue: queue)
            #expect(await eventually { redis.status.state == .live })
            server.freeze()
            for _ in 0..<2 { try redis.send(command) { _ in } }
            #expect(throws: RedisError.tooManyBytes(limit: queue.bytes)) { try redis.send(command) { _ in } }
            server.thaw()
            #expect(await eventually { redis.pendingCommands == 0 })
            #expect(try await redis.command(["ECHO", "0123456789"]).text == "0123456789")
        }
    }

    @Test func `a reply at the limit is given and one beyond it fails alone`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            var options = RedisOptions.quick
            options.limits.bulk = 100
            let redis = connect(server.url, on: loop, options: options)
            let kept = String(repeating: "x", count: 100)
            async let first = redis.command(["ECHO", kept])
            async let second = redis.failure(["ECHO", kept + "x"])
            let text = try await first.text
            #expect(text == kept)
            #expect(await second == .replyTooLong(bytes: 101, limit: 100))
            #expect(redis.status.counts.failures == 0)
        }
    }

    @Test func `commands on their way when the connection ends fail and are not sent again`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let redis = connect(server.url, on: loop)
            let killer = connect(server.url, on: loop)
            guard case .integer(let id) = try await redis.command(["CLIENT", "ID"]) else {
                Issue.record("CLIENT ID gives a number")
                return
            }
            // It waits in the server until it is killed there.
            async let blocked = redis.failure(["BLPOP", "never", "0"])
            async let behind = redis.failure(["INCR", "count"])
            #expect(await eventually { redis.pendingCommands == 2 })
            #expect(
                await eventually {
                    (try? await server.cli("INFO", "clients").contains("blocked_clients:1")) == true
                })
            #expect(try await killer.command(["CLIENT", "KILL", "ID", "\(id)"]) == .integer(1))
            for error in await [blocked, behind] {
                guard case .connectionLost = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            #expect(try await redis.command(["GET", "count"]) == .null)
            #expect(redis.status.counts.reconnects == 1)
        }
    }

    @Test func `a frozen server is found dead and its commands fail`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let redis = connect(server.url, on: loop, options: .attentive)
            #expect(await eventually { redis.status.state == .live })
            server.freeze()
            let error = await redis.failure(["ECHO", "x"])
            guard case .connectionLost(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.hasPrefix("no answer to PING"))
            server.thaw()
            #expect(try await redis.command(["ECHO", "x"]) == .bulk([120]))
        }
    }

    @Test func `the heartbeat goes between the commands and takes no reply of theirs`() async throws {
        let server = try await RedisServerProcess.started()
        try await withLoop { loop async throws in
            let redis = connect(server.url, on: loop, options: .watchful)
            for round in 1...3 {
                #expect(await eventually { redis.status.counts.pings >= 2 * round })
                #expect(try await redis.command(["ECHO", "\(round)"]).text == "\(round)")
            }
            #expect((redis.status.counts.failures, redis.status.counts.strays) == (0, 0))
        }
    }

    @Test func `after stop commands fail, those that wait as well`() async throws {
        let server = try RedisServerProcess()
        try await withLoop { loop async throws in
            let redis = connect(server.url, on: loop)
            async let waiting = redis.failure(["PING"])
            #expect(await eventually { redis.pendingCommands == 1 })
            redis.stop()
            #expect(await waiting == .stopped)
            #expect(await redis.failure(["PING"]) == .stopped)
            try await server.start()
            redis.start()
            #expect(try await redis.ping() > .zero)
        }
    }

    @Test func `when its loop ends commands fail instead of waiting for ever`() async throws {
        let server = try RedisServerProcess()
        let group = EventLoopGroup(count: 1)
        let redis = connect(server.url, on: group.loops[0])
        async let waiting = redis.failure(["PING"])
        #expect(await eventually { redis.pendingCommands == 1 })
        group.stop()
        #expect(await waiting == .stopped)
        #expect(await redis.failure(["PING"]) == .stopped)
    }

    @Test func `a cancelled task stops waiting`() async throws {
        let server = try RedisServerProcess()
        try await withLoop { loop async throws in
            let redis = connect(server.url, on: loop)
            let task = Task { await redis.failure(["PING"]) }
            #expect(await eventually { redis.pendingCommands == 1 })
            task.cancel()
            #expect(await task.value == .cancelled)
        }
    }

    @Test(arguments: [
        ["subscribe", "c"], ["MONITOR"], ["QUIT"], ["SELECT", "1"], ["client", "reply", "off"],
    ])
    func `commands that change the connection are refused`(words: [String]) async throws {
        try await withLoop { loop async throws in
            let redis = RedisCommands(url: try RedisURL("redis://localhost"), loop: loop)
            let error = await redis.failure(words)
            #expect(error == .unsuitable(command: RedisCommand(words[0], Array(words.dropFirst())).name))
        }
    }
}
