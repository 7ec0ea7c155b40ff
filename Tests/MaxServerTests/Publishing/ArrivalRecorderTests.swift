import Database
import EngineNet
import Foundation
import PostgresClient
import SocketIO
import Synchronization
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `What the bus says of agents and discussions` {
    private func record(_ recorder: ArrivalRecorder, _ channel: Channel, _ payload: JSONValue) throws {
        for route in ChannelRoute.builtIn {
            guard let captures = route.channel.match(channel.rawValue) else { continue }
            for message in try RoutedMessage.read(
                Array(payload.description.utf8), captures: captures, route: route, now: .now)
            {
                recorder.record(message)
            }
        }
    }

    private func recorder(_ database: any Database) -> ArrivalRecorder {
        ArrivalRecorder(
            Arrivals(agents: AgentStore(database: database), messages: MessageStore(database: database)),
            log: Log("test", level: .error))
    }

    @Test(arguments: StoreKind.allCases)
    func `is stored in its order`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            _ = try await api.post("/api/agents", ["id": "a", "name": "a", "role": "r"])
            let recorder = recorder(api.database)
            try record(recorder, .marketUpdates, ["value": 1])
            try record(
                recorder, .agentStatus,
                .array((0..<100).map { ["agentId": "a", "status": .string("status \($0)")] }))
            for number in 0..<100 {
                try record(
                    recorder, .discussionMessages,
                    [
                        "discussionId": "d",
                        "message": ["id": .string("m\(number)"), "content": "x", "authorId": "a"],
                    ])
            }
            await recorder.close(within: .seconds(60))
            #expect(recorder.arrivals.count(.stored) == 200 && recorder.droppedCount == 0)
            #expect(try await api.get("/api/agents/a").data["status"] == "status 99")
            #expect(try await api.get("/api/discussions/d").data["messagesCount"] == 100)
        }
    }

    @Test func `waits for a database that is away`() async throws {
        try await APIScene.run { api in
            _ = try await api.post("/api/agents", ["id": "a", "name": "a", "role": "r"])
            let recorder = recorder(FlakyDatabase(api.database, failures: 2))
            try record(recorder, .agentStatus, ["agentId": "a", "status": "x"])
            await recorder.close(within: .seconds(60))
            #expect(recorder.arrivals.count(.stored) == 1 && recorder.droppedCount == 0)
        }
    }

    @Test func `waits for a database that is too slow for now`() async throws {
        try await withServerPlace {
            let server = try await PostgresServer.common()
            let conninfo = try await server.freshDatabase()
            let name = String(conninfo.split(separator: "/").last ?? "")
            let group = EventLoopGroup(count: 1)
            defer { group.stop() }
            try await migrate(conninfo, group.loops[0])
            try await server.psql(
                "INSERT INTO discussions (id, title, created_at) VALUES ('d', 't', now())",
                database: name)
            async let _ = server.psql(
                "BEGIN; LOCK TABLE messages; SELECT pg_sleep(1); COMMIT", database: name)
            let held = "SELECT count(*) FROM pg_locks WHERE relation = 'messages'::regclass AND granted"
            #expect(await eventually { (try? await server.psql(held, database: name)) == "1" })
            var options = PostgresOptions(conninfo: conninfo)
            options.timing.statementTimeout = .milliseconds(100)
            let recorder = recorder(try PostgresDatabase(options, on: group.loops[0]))
            try record(
                recorder, .discussionMessages,
                ["discussionId": "d", "message": ["id": "m", "content": "x", "authorId": "a"]])
            await recorder.close(within: .seconds(60))
            #expect(recorder.arrivals.count(.stored) == 1 && recorder.droppedCount == 0)
        }
    }

    private func migrate(_ conninfo: String, _ loop: EventLoop) async throws {
        var settings = try Settings(environment: [:])
        settings.database = try DatabaseURL(conninfo)
        settings.migratesAtStart = true
        let database = try await Store.open(settings, on: loop, log: Log("test", level: .error))
        await database.close()
    }

    @Test func `is dropped and counted when too much waits, and at the end`() async throws {
        try await APIScene.run { api in
            let recorder = recorder(FlakyDatabase(api.database, failures: .max))
            for _ in 0..<ArrivalRecorder.most + 5 {
                try record(recorder, .agentStatus, ["agentId": "a", "status": "x"])
            }
            #expect(recorder.droppedCount == 5)
            await recorder.close(within: .zero)
            try record(recorder, .agentStatus, ["agentId": "a", "status": "x"])
            #expect(recorder.droppedCount >= 6 && recorder.arrivals.count(.stored) == 0)
        }
    }

    @Test func `is dropped and counted when what waits is too large`() async throws {
        try await APIScene.run { api in
            let recorder = recorder(FlakyDatabase(api.database, failures: .max))
            let payload: JSONValue = [
                "agentId": "a", "status": "x", "note": .string(String(repeating: "x", count: 200_000)),
            ]
            let most = ArrivalRecorder.mostBytes / payload.description.utf8.count
            for _ in 0..<most + 5 { try record(recorder, .agentStatus, payload) }
            #expect(recorder.queuedCount == most && recorder.droppedCount == 5)
            await recorder.close(within: .zero)
        }
    }
}

/// A database that cannot be reached for a number of writes.
private final class FlakyDatabase: Database {
    private let database: any Database
    private let failures: Mutex<Int>

    init(_ database: any Database, failures: Int) {
        self.database = database
        self.failures = Mutex(failures)
    }

    var dialect: SQLDialect { database.dialect }
    var status: DatabaseStatus { database.status }

    private func fail() throws(SQLError) {
        let fails = failures.withLock { left in
            guard left > 0 else { return false }
            left -= 1
            return true
        }
        if fails { throw .unavailable(reason: "away") }
    }

    func read(_ command: SQLCommand) async throws(SQLError) -> SQLRows { try await database.read(command) }

    func write(_ command: SQLCommand) async throws(SQLError) -> SQLRows {
        try fail()
        return try await database.write(command)
    }

    func transaction(_ commands: [SQLCommand]) async throws(SQLError) -> [SQLRows] {
        try fail()
        return try await database.transaction(commands)
    }

    func upsert(_ batch: UpsertBatch) async throws(SQLError) { try await database.upsert(batch) }
    func ping() async throws(SQLError) -> Duration { try await database.ping() }
    func close() async {}
}
