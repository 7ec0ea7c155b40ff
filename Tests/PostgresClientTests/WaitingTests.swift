import Database
import EngineNet
import PostgresClient
import TestSupport
import Testing

@Suite("What waits for Postgres, and for how long", .timeLimit(.minutes(5)))
struct WaitingTests {
    /// A port where nobody listens.
    private let nowhere = "postgresql://postgres:secret@127.0.0.1:1/nothing"

    private func withClient(
        _ change: (inout PostgresOptions) -> Void,
        _ body: (PostgresDatabase, EventLoopGroup) async throws -> Void
    ) async throws {
        var options = PostgresOptions.patient(nowhere)
        change(&options)
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        try await body(try PostgresDatabase(options, on: group.loops[0]), group)
    }

    @Test func `without a server statements fail after their time, and say why`() async throws {
        try await withClient {
            $0.timing.queueTimeout = .milliseconds(200)
        } _: { database, _ async throws in
            let error = await refusal { () throws(SQLError) in _ = try await database.ping() }
            guard case .unavailable(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("127.0.0.1") && reason.contains("refused") && !reason.contains("\n"))
            #expect(!reason.contains("secret"))
            #expect(database.status.reason == reason && database.status.pending == 0)
        }
    }

    @Test func `as many wait as may, and not one more`() async throws {
        try await withClient {
            $0.limits.pending = 3
        } _: { database, _ async throws in
            let waiting = (0..<3).map { _ in
                Task.immediate { await refusal { () throws(SQLError) in _ = try await database.ping() } }
            }
            let error = await refusal { () throws(SQLError) in _ = try await database.ping() }
            #expect(error == .overloaded(limit: 3))
            #expect(database.status.pending == 3)
            for task in waiting { task.cancel() }
        }
    }

    @Test func `what waits is done when the server comes`() async throws {
        let server = try await PostgresServer.started()
        server.stop(.fast)
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let database = try PostgresDatabase(.patient(server.conninfo()), on: group.loops[0])
        let waiting = Task.immediate { () async throws in try await database.value("SELECT 5") }
        #expect(await eventually { database.status.reason?.contains("refused") == true })
        try await server.start()
        #expect(try await waiting.value == 5)
    }

    @Test func `a busy connection is told from a missing one`() async throws {
        try await withScene {
            $0.limits.inFlight = 1
            $0.timing.queueTimeout = .milliseconds(100)
        } _: { scene async throws in
            #expect(await eventually { scene.database.status.isConnected })
            _ = try await scene.database.ping()
            let slow = Task.immediate { () async throws in
                try await scene.database.write(SQLCommand("SELECT pg_sleep(1)"))
            }
            let error = await refusal { () throws(SQLError) in _ = try await scene.database.ping() }
            #expect(error == .unavailable(reason: "no connection had room within 0.1 seconds"))
            #expect(try await slow.value.count == 1)
        }
    }

    @Test func `each statement of a transaction has the time of an answer for itself`() async throws {
        try await withScene {
            $0.timing.answerTimeout = .seconds(2)
        } _: { scene async throws in
            #expect(await eventually { scene.database.status.connects == 3 })
            let slow = SQLCommand("SELECT pg_sleep(1.2)")
            #expect(try await scene.database.transaction([slow, slow]).count == 2)
            #expect(scene.database.status.connects == 3)
        }
    }

    @Test func `closing waits for what was given before, and refuses what comes after`() async throws {
        try await withScene { scene async throws in
            try await scene.psql("CREATE TABLE t (id int4)")
            let writes = (0..<50).map { id in
                Task.immediate { () async throws in
                    try await scene.database.write(SQLCommand("INSERT INTO t VALUES ($1)", [.integer(id)]))
                }
            }
            await scene.database.close()
            for write in writes { #expect(try await write.value.affected == 1) }
            let error = await refusal { () throws(SQLError) in _ = try await scene.database.ping() }
            #expect(error == .closed)
            #expect(scene.database.status.reason == "closed")
            await scene.database.close()
            #expect(
                await eventually {
                    (try? await scene.server.psql(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(scene.name)'")) == "0"
                })
        }
    }

    @Test func `when the loop stops, what waits fails, and so does what comes`() async throws {
        try await withClient { _ in
        } _: { database, group async throws in
            let waiting = Task.immediate {
                await refusal { () throws(SQLError) in _ = try await database.ping() }
            }
            group.stop()
            #expect(await waiting.value == .closed)
            let error = await refusal { () throws(SQLError) in _ = try await database.ping() }
            #expect(error == .closed)
            await database.close()
            let late = try PostgresDatabase(.patient(nowhere), on: group.loops[0])
            #expect(await refusal { () throws(SQLError) in _ = try await late.ping() } == .closed)
            await late.close()
        }
    }

    @Test func `a client that nobody holds any more ends its connections`() async throws {
        try await withScene { scene async throws in
            await scene.database.close()
            let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(scene.name)'"
            do {
                let client = try scene.client()
                #expect(await eventually { (try? await scene.server.psql(count)) == "3" })
                _ = try await client.ping()
            }
            #expect(await eventually { (try? await scene.server.psql(count)) == "0" })
        }
    }
}
