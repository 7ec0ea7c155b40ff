import EngineNet
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `The publishers of the MAX backend` {
    private static let moment = Moment(milliseconds: 1_736_937_000_000)
    private static let candle = SectorCandle(
        timestamp: moment, value: 1250.5, open: 1245, high: 1255, low: nil, close: 1250.5)
    private static let message = DiscussionMessage(
        id: "msg-456", discussionId: "disc-123", content: "Hello!", authorId: "agent-789",
        authorName: "TradingBot", type: "text", timestamp: moment)

    /// What clients get of the four, as the documentation has it; the first has the time besides.
    private static let events = [
        #"42["market:update",{"sectorId":"tech-001","indexValue":1250.5,"timestamp":""#,
        #"42["sector:candle_update",{"sectorId":"tech-001","candle":{"#
            + #""timestamp":"2025-01-15T10:30:00.000Z","value":1250.5,"open":1245,"high":1255,"close":1250.5}}]"#,
        #"42["discussion:new_message",{"discussionId":"disc-123","message":{"id":"msg-456","#
            + #""content":"Hello!","authorId":"agent-789","authorName":"TradingBot","#
            + #""timestamp":"2025-01-15T10:30:00.000Z","type":"text"}}]"#,
        #"42["agent:status_update",{"agentId":"agent-789","sectorId":"tech-001","status":"active"}]"#,
    ]

    private func expectEvents(_ client: SocketTestClient) async throws {
        for event in Self.events {
            let packet = try await client.receive().text
            #expect(packet.hasPrefix(event))
        }
        client.close()
    }

    @Test func `tell clients through the bus`() async throws {
        try await APIScene.run { api in
            let client = try await SocketTestClient.connect(port: api.port)
            let publisher = MaxPublisher(bus: api.bus, log: Log("test", level: .error))
            try await publisher.publishMarketUpdate(sectorId: "tech-001", indexValue: 1250.5)
            try await publisher.publishSectorCandle(sectorId: "tech-001", candle: Self.candle)
            try await publisher.publishDiscussionMessage(Self.message)
            try await publisher.publishAgentStatus(
                agentId: "agent-789", sectorId: "tech-001", status: "active")
            try await expectEvents(client)
        }
    }

    @Test func `and those who broadcast in the process say the same, also when the bus is down`()
        async throws
    {
        try await APIScene.run(bus: DownBus()) { api in
            let client = try await SocketTestClient.connect(port: api.port)
            let broadcaster = MaxBroadcaster(ingress: api.ingress)
            try broadcaster.broadcastMarketUpdate(sectorId: "tech-001", indexValue: 1250.5)
            try broadcaster.broadcastSectorCandleUpdate(sectorId: "tech-001", candle: Self.candle)
            try broadcaster.broadcastNewMessage(Self.message)
            try broadcaster.broadcastAgentStatusUpdate(
                agentId: "agent-789", sectorId: "tech-001", status: "active")
            try await expectEvents(client)
        }
    }

    @Test func `have a channel each, which a route knows`() {
        for channel in Channel.allCases {
            #expect(ChannelRoute.builtIn.contains { $0.channel.match(channel.rawValue) != nil })
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct `The bus of Redis` {
    private func withBuses(
        _ count: Int, _ redis: RedisServerProcess, _ test: ([RedisBus]) async throws -> Void
    ) async throws {
        let settings = try Settings(environment: ["REDIS_URL": "redis://127.0.0.1:\(redis.port)"])
        let url = try #require(settings.redis)
        let group = EventLoopGroup(count: 1)
        let log = Log("test", level: .error)
        let buses = (0..<count).map { _ in RedisBus(url: url, loop: group.loops[0], log: log) }
        let result = await Result { try await test(buses) }
        for bus in buses { bus.stop() }
        group.stop()
        try result.get()
    }

    @Test func `brings what one node publishes to all of them, this one too`() async throws {
        try await withBuses(3, try await RedisServerProcess.started()) { buses in
            let journals = buses.map { _ in Journal<String>() }
            for (bus, journal) in zip(buses, journals) {
                bus.start(channels: ["agent_status"], patterns: []) {
                    journal.append(String(decoding: $0.payload, as: UTF8.self))
                }
            }
            #expect(await eventually { buses.allSatisfy { $0.health.status == .ok } })
            try await buses[0].publish(BusMessage(channel: "agent_status", payload: Array("{}".utf8)))
            for journal in journals { #expect(await journal.waitFor(1) == ["{}"]) }
        }
    }

    @Test func `counts what it published, what it could not, and its connections`() async throws {
        let redis = try await RedisServerProcess.started()
        try await withBuses(1, redis) { buses in
            let (bus, message) = (buses[0], BusMessage(channel: "agent_status", payload: [1]))
            await #expect(throws: (any Error).self) { try await bus.publish(message) }
            #expect(bus.counts == BusCounts(failed: 1))
            bus.start(channels: ["agent_status"], patterns: []) { _ in }
            #expect(await eventually { bus.counts.connects == 2 })
            try await bus.publish(message)
            #expect(bus.counts == BusCounts(published: 1, failed: 1, connects: 2))
            redis.stop()
            #expect(await eventually { bus.health.status == .down })
            try await redis.start()
            // One connection listens, the other publishes.
            #expect(await eventually { bus.counts.connects == 4 })
        }
    }

    @Test func `tells from when to when it brings nothing`() async throws {
        let (redis, news) = (try await RedisServerProcess.started(), Journal<Bool>())
        try await withBuses(1, redis) { buses in
            buses[0].onHearing { if news.all.last != $0 { news.append($0) } }
            buses[0].start(channels: ["agent_status"], patterns: []) { _ in }
            #expect(await news.waitFor(2) == [false, true])
            redis.stop()
            #expect(await news.waitFor(3) == [false, true, false])
            try await redis.start()
            #expect(await news.waitFor(4) == [false, true, false, true])
        }
    }

    @Test func `fails soon while Redis is away, and publishes when it is back`() async throws {
        let redis = try await RedisServerProcess.started()
        try await withBuses(1, redis) { buses in
            let message = BusMessage(channel: "agent_status", payload: Array("{}".utf8))
            await #expect(throws: (any Error).self) { try await buses[0].publish(message) }
            buses[0].start(channels: ["agent_status"], patterns: []) { _ in }
            try await buses[0].publish(message)
            redis.freeze()
            // Long before the connection counts as dead.
            await #expect(throws: (any Error).self) { try await buses[0].publish(message) }
            #expect(buses[0].health.status == .ok)
            redis.thaw()
            try await buses[0].publish(message)
            redis.stop()
            #expect(await eventually { buses[0].health.status == .down })
            await #expect(throws: (any Error).self) { try await buses[0].publish(message) }
            try await redis.start()
            #expect(
                await eventually {
                    do {
                        try await buses[0].publish(message)
                        return true
                    } catch { return false }
                })
        }
    }
}
