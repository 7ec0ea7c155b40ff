import EngineNet
import RedisClient
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite(.serialized) struct `Bars on the way to Redis` {
    @Test func `are confirmed, in order, also more than may wait at a time`() async throws {
        let redis = try await RedisServerProcess.started()
        try await withOutlet(port: redis.port) { outlet, commands in
            #expect(await eventually { commands.status.state == .live })
            for number in 0..<3_000 {
                await outlet.publish([BusMessage(channel: "bars:A:1", payload: Array("\(number)".utf8))])
            }
            await outlet.finish()
            #expect(outlet.counts.published == 3_000 && outlet.counts.dropped == 0)
            #expect(outlet.counts.lastPublished != nil && outlet.counts.lastError == nil)
        }
    }

    @Test func `are dropped and counted while it is away`() async throws {
        let redis = try await RedisServerProcess.started()
        try await withOutlet(port: redis.port) { outlet, commands in
            #expect(await eventually { commands.status.state == .live })
            redis.stop()
            #expect(await eventually { if case .down = commands.status.state { true } else { false } })
            await outlet.publish([BusMessage(channel: "bars:A:1", payload: [1])])
            #expect(outlet.counts.dropped == 1 && outlet.counts.lastError != nil)
            let health = await GeneratorHealth(
                generator: BarGenerator.Settings(), commands: commands, outlet: outlet
            ).response()
            #expect(health.status == 503)
        }
    }

    @Test func `do not hold up their maker when it stands still`() async throws {
        let redis = try await RedisServerProcess.started()
        try await withOutlet(port: redis.port) { outlet, commands in
            #expect(await eventually { commands.status.state == .live })
            redis.freeze()
            await outlet.publish([BusMessage(channel: "bars:A:1", payload: [1])])
            await outlet.finish()
            #expect(outlet.counts.published == 0)
            redis.thaw()
            #expect(await eventually { outlet.counts.published == 1 })
        }
    }

    private func withOutlet(
        port: Int, _ test: (RedisOutlet, RedisCommands) async throws -> Void
    ) async throws {
        let group = EventLoopGroup(count: 1)
        let commands = RedisCommands(
            url: RedisURL(endpoint: .tcp(host: "127.0.0.1", port: port)), loop: group.loops[0])
        commands.start()
        let result = await Result {
            try await test(RedisOutlet(commands, log: Log("test", level: .error)), commands)
        }
        commands.stop()
        await Task.detached { group.stop() }.value
        try result.get()
    }
}
