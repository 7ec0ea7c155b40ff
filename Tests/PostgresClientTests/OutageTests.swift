import Database
import EngineNet
import Foundation
import PostgresClient
import TestSupport
import Testing

@Suite("Losing Postgres and finding it again, with a server of its own", .serialized, .timeLimit(.minutes(5)))
struct OutageTests {
    private let table = UpsertTable("t", key: ["id"], others: ["n"])

    /// Upserts rows one after the other, each again until it is taken.
    private func load(_ database: PostgresDatabase, rows: Range<Int>, _ taken: Journal<Int>) async
        -> SQLError?
    {
        for row in rows {
            let batch = UpsertBatch(table, [.integer([Int64(row)]), .integer([Int64(row)])])
            while let error = await refusal({ () throws(SQLError) in try await database.upsert(batch) }) {
                guard error.isPassing, !Task.isCancelled else { return error }
            }
            taken.append(row)
        }
        return nil
    }

    @Test(arguments: [PostgresServer.Ending.fast, .immediate])
    func `a restart under load loses nothing, when what was lost is given again`(
        ending: PostgresServer.Ending
    )
        async throws
    {
        let server = try await PostgresServer.started()
        try await withScene(on: server) { scene async throws in
            let database = scene.database
            try await scene.psql("CREATE TABLE t (id int8 PRIMARY KEY, n int8)")
            let (taken, errors) = (Journal<Int>(), Journal<SQLError>())
            await withTaskGroup(of: Void.self) { group in
                for worker in 0..<20 {
                    group.addTask {
                        let error = await load(database, rows: worker * 100..<(worker + 1) * 100, taken)
                        if let error { errors.append(error) }
                    }
                }
                group.addTask {
                    for part in [300, 1_000] {
                        _ = await eventually { taken.count >= part }
                        server.stop(ending)
                        do { try await server.start() } catch { Issue.record(error) }
                    }
                }
            }
            #expect(errors.all == [])
            #expect(try await scene.psql("SELECT count(*), sum(n) FROM t") == "2000|1999000")
            #expect(scene.database.status.connects >= 5)
        }
    }

    @Test func `each change of state is told once, with a reason`() async throws {
        let server = try await PostgresServer.started()
        try await withScene(on: server) { scene async throws in
            let states = Journal<PostgresState>()
            let client = try scene.client(onState: { states.append($0) })
            #expect(await states.waitFor(1) == [.live])
            #expect(await eventually { client.status.connects == 3 })
            server.stop(.fast)
            #expect(
                await states.waitFor(2)
                    == [.live, .down(reason: "terminating connection due to administrator command")])
            #expect(await eventually { client.status.reason?.contains("refused") == true })
            #expect(!client.status.isConnected)
            try await server.start()
            #expect(await states.waitFor(3).last == .live)
            #expect(await eventually { client.status.connects >= 6 })
            #expect((client.status.isConnected, client.status.reason) == (true, nil))
            await client.close()
            #expect(states.all.last == .closed)
            #expect(states.count == 4)
        }
    }

    @Test func `a statement that was under way when a crash came is lost`() async throws {
        let server = try await PostgresServer.started()
        try await withScene(on: server) { scene async throws in
            _ = try await scene.database.ping()
            async let error = refusal { () throws(SQLError) in
                try await scene.database.write(SQLCommand("SELECT pg_sleep(100)"))
            }
            #expect(
                await eventually {
                    (try? await scene.psql(
                        "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'"))
                        == "1"
                })
            server.stop(.immediate)
            guard case .lost = await error else {
                Issue.record("\(String(describing: await error))")
                return
            }
            try await server.start()
            _ = try await scene.database.ping()
        }
    }

    @Test func `a server that does not answer is found by the deadline`() async throws {
        let server = try await PostgresServer.started()
        try await withScene(on: server) {
            $0.timing.answerTimeout = .milliseconds(500)
            $0.timing.connectTimeout = .seconds(1)
            $0.timing.queueTimeout = .milliseconds(500)
        } _: { scene async throws in
            #expect(await eventually { scene.database.status.isConnected })
            _ = try await scene.database.ping()
            try await server.freeze()
            let lost = await refusal { () throws(SQLError) in _ = try await scene.database.ping() }
            #expect(lost == .lost(reason: "no answer within 0.5 seconds"))
            // Nobody answers the next attempts either.
            let unavailable = await refusal { () throws(SQLError) in _ = try await scene.database.ping() }
            guard case .unavailable = unavailable else {
                Issue.record("\(String(describing: unavailable))")
                return
            }
            try await server.thaw()
            #expect(
                await eventually {
                    await refusal { () throws(SQLError) in _ = try await scene.database.ping() } == nil
                })
        }
    }

    @Test func `what a connection had sent that was given up is not done later`() async throws {
        let server = try await PostgresServer.started()
        try await withScene(on: server) {
            $0.timing.answerTimeout = .seconds(1)
        } _: { scene async throws in
            let database = scene.database
            try await scene.psql("CREATE TABLE t (id int8 PRIMARY KEY, n int8)")
            #expect(await eventually { await upsert(database, 0) == nil })
            let answer = try await database.write(SQLCommand("SELECT pg_backend_pid()::int8"))
            let writer = try answer.row(0).integer(at: 0)
            kill(pid_t(writer), SIGSTOP)
            #expect(await upsert(database, 1) == .lost(reason: "no answer within 1.0 seconds"))
            for value in Int64(1)...2 { #expect(await eventually { await upsert(database, value) == nil }) }
            kill(pid_t(writer), SIGCONT)
            let old = "SELECT count(*) FROM pg_stat_activity WHERE pid = \(writer)"
            #expect(await eventually { (try? await scene.psql(old)) == "0" })
            #expect(try await scene.psql("SELECT n FROM t") == "2")
            let all = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'maxserver'"
            #expect(try await scene.psql(all) == "3")
        }
    }

    private func upsert(_ database: PostgresDatabase, _ value: Int64) async -> SQLError? {
        let batch = UpsertBatch(table, [.integer([1]), .integer([value])])
        return await refusal { () throws(SQLError) in try await database.upsert(batch) }
    }

    @Test func `one connection that the server ends does not disturb the others`() async throws {
        try await withScene { scene async throws in
            #expect(await eventually { scene.database.status.connects == 3 })
            for round in 1...3 {
                try await scene.psql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                        + "AND pid <> pg_backend_pid()")
                #expect(await eventually { scene.database.status.connects == 3 + 3 * round })
                #expect(try await scene.database.value("SELECT 1") == 1)
            }
        }
    }
}
