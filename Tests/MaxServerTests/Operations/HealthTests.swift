import Database
import EngineNet
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

/// A server's health, with a Postgres and a Redis that stand still: connections stay, nothing is answered.
@Suite(.serialized, .timeLimit(.minutes(5))) struct `Health while nobody answers` {
    private struct Scene: Sendable {
        let health: Health
        let postgres: PostgresServer
        let redis: RedisServerProcess
    }

    private func withScene(_ test: (Scene) async throws -> Void) async throws {
        try await withServerPlace {
            let (postgres, redis) = (
                try await PostgresServer.started(), try await RedisServerProcess.started()
            )
            var settings = try Settings(environment: [
                "REDIS_URL": "redis://127.0.0.1:\(redis.port)", "AUTO_MIGRATE": "true",
            ])
            settings.database = try DatabaseURL(await postgres.freshDatabase())
            let (io, log) = (SocketServer(options: .test()), Log("test", level: .error))
            let loop = io.engine.http.group.loops[0]
            let database = try await Store.open(settings, on: loop, log: log)
            let bus = RedisBus(url: try #require(settings.redis), loop: loop, log: log)
            let ingress = Ingress(routes: ChannelRoute.builtIn, io: io, log: log)
            ingress.start(bus)
            let health = Health(io: io, bus: bus, database: database, ingress: ingress)
            let result = await Result {
                #expect(await eventually { await health.redis().status == 200 })
                #expect(await eventually { await health.databaseAnswer().status == 200 })
                try await test(Scene(health: health, postgres: postgres, redis: redis))
            }
            redis.thaw()
            try await postgres.thaw()
            bus.stop()
            await database.close()
            await io.close(grace: .zero)
            try result.get()
        }
    }

    private func error(_ response: HTTPResponse) -> String? {
        (try? JSONValue(parsing: response.body))?["error"]?.stringValue
    }

    /// The error says whose patience ended: sooner than the driver's.
    @Test func `of the database is told in time`() async throws {
        try await withScene { scene in
            try await scene.postgres.freeze()
            let answer = await scene.health.databaseAnswer()
            #expect(answer.status == 503)
            #expect(error(answer) == "the database has not answered in 1.5 seconds")
            #expect(await scene.health.overall().status == 200)
            try await scene.postgres.thaw()
            #expect(await eventually { await scene.health.databaseAnswer().status == 200 })
        }
    }

    @Test func `of Redis is told in time`() async throws {
        try await withScene { scene in
            scene.redis.freeze()
            let answer = await scene.health.redis()
            #expect(answer.status == 503)
            #expect(error(answer) == "Redis has not answered in 1.0 seconds")
            #expect(await scene.health.overall().status == 200)
            scene.redis.thaw()
            #expect(await eventually { await scene.health.redis().status == 200 })
        }
    }

    @Test func `is told to those who were asking when Redis went away`() async throws {
        try await withScene { scene in
            scene.redis.freeze()
            async let answer = scene.health.redis()
            scene.redis.stop()
            #expect(await answer.status == 503)
        }
    }

    @Test func `keeps no client waiting for the past of a room`() async throws {
        try await withScene { scene in
            let (stored, failures) = (StoredRooms(database: scene.health.database), Journal<String>())
            let primer = RoomPrimer(RoomLogs()) { room in
                try await stored.messages(of: room)
            } failed: {
                failures.append("\($0)")
            }
            await primer.prime(["bars:A:1"])
            #expect(failures.count == 0)
            try await scene.postgres.freeze()
            await primer.prime(["bars:A:1", "bars:B:1"])
            #expect(failures.all == ["the database has not answered in 1.0 seconds"])
        }
    }
}
