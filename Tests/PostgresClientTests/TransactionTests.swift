import Database
import PostgresClient
import TestSupport
import Testing

@Suite("Transactions, order and prepared statements", .timeLimit(.minutes(5)))
struct TransactionTests {
    private let insert = "INSERT INTO t VALUES ($1)"

    @Test func `a transaction does all and tells what each statement returned`() async throws {
        try await withScene { scene async throws in
            try await scene.psql("CREATE TABLE t (id int4 PRIMARY KEY)")
            let rows = try await scene.database.transaction([
                SQLCommand(insert, [1]), SQLCommand(insert, [2]),
                SQLCommand("SELECT count(*) FROM t"), SQLCommand("DELETE FROM t WHERE id = 1 RETURNING id"),
            ])
            #expect(rows.map(\.affected) == [1, 1, 1, 1])
            #expect(rows.map(\.values) == [[], [], [2], [1]])
            #expect(try await scene.database.transaction([]) == [])
        }
    }

    @Test(arguments: [
        SQLCommand("INSERT INTO t VALUES ($1)", [1]), SQLCommand("INSERT INTO t VALUES ($1)", ["x"]),
        SQLCommand("INSERT INTO t VALUES ($1)", [.integer(1 << 40)]), SQLCommand("SELECT nothing"),
        SQLCommand("SELECT {{no}}"),
    ]) func `a transaction in which one statement fails does nothing`(bad: SQLCommand) async throws {
        try await withScene { scene async throws in
            try await scene.psql("CREATE TABLE t (id int4 PRIMARY KEY)")
            let error = await refusal { () throws(SQLError) in
                try await scene.database.transaction([
                    SQLCommand(insert, [1]), bad, SQLCommand(insert, [2]),
                ])
            }
            #expect(error != nil)
            #expect(try await scene.psql("SELECT count(*) FROM t") == "0")
            #expect(scene.database.status.connects == 3)
        }
    }

    @Test func `a statement that fails takes none of those in flight with it`() async throws {
        try await withScene { scene async throws in
            try await scene.psql("CREATE TABLE t (id int4 PRIMARY KEY)")
            let database = scene.database
            let failures = await withTaskGroup(of: Bool.self) { group in
                for id in 0..<200 {
                    group.addTask {
                        await refusal { () throws(SQLError) in
                            try await database.write(SQLCommand(insert, [.integer(Int64(id / 2))]))
                        } != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(failures == 100)
            #expect(try await scene.psql("SELECT count(*) FROM t") == "100")
        }
    }

    @Test func `writes are done in the order they were given, in however many statements`() async throws {
        try await withScene { scene async throws in
            try await scene.psql("CREATE TABLE t (id serial, v int4, of text)")
            let database = scene.database
            var tasks: [Task<Void, any Error>] = []
            // Each is given before the next one starts.
            for v in 0..<100 {
                let command = SQLCommand(
                    "INSERT INTO t (v, of) VALUES ($1, 's\(v % 7)')", [.integer(Int64(v))])
                tasks.append(Task.immediate { try await database.write(command) })
            }
            for task in tasks { try await task.value }
            #expect(try await scene.psql("SELECT bool_and(v = id - 1), count(*) FROM t") == "t|100")
        }
    }

    @Test func `what was written is read at once, on another connection`() async throws {
        try await withScene { scene async throws in
            try await scene.psql("CREATE TABLE t (id int4, n int8); INSERT INTO t VALUES (1, 0)")
            for n in 1...200 {
                try await scene.database.write(SQLCommand("UPDATE t SET n = $1", [.integer(Int64(n))]))
                #expect(try await scene.database.value("SELECT n FROM t") == .integer(Int64(n)))
            }
        }
    }

    @Test func `a session keeps no more prepared statements than it may`() async throws {
        try await withScene {
            $0.limits.preparedStatements = 5
        } _: { scene async throws in
            let count = SQLCommand("SELECT count(*) FROM pg_prepared_statements")
            for round in 0..<3 {
                for n in 0..<20 {
                    let rows = try await scene.database.write(
                        SQLCommand("SELECT \(n) + $1::int4", [.integer(Int64(round))]))
                    #expect(rows.values == [.integer(Int64(n + round))])
                }
            }
            #expect(try await scene.database.write(count).values == [5])
            // More in one transaction than may be kept.
            let rows = try await scene.database.transaction((0..<20).map { SQLCommand("SELECT \($0)") })
            #expect(rows.map(\.values) == (0..<20).map { [.integer($0)] })
            _ = try await scene.database.write(SQLCommand("SELECT 'x'"))
            #expect(try await scene.database.write(count).values == [5])
        }
    }

    @Test func `a table that changes, or a session that forgets, does not disturb prepared statements`()
        async throws
    {
        try await withScene { scene async throws in
            try await scene.psql("CREATE TABLE t (a int4); INSERT INTO t VALUES (1)")
            let all = SQLCommand("SELECT * FROM t")
            #expect(try await scene.database.read(all).values == [1])
            #expect(try await scene.database.write(all).values == [1])
            try await scene.psql("ALTER TABLE t ADD COLUMN b int4 DEFAULT 2")
            #expect(try await scene.database.read(all).values == [1, 2])
            try await scene.database.write(SQLCommand("DEALLOCATE ALL"))
            #expect(try await scene.database.write(all).values == [1, 2])
            try await scene.psql("ALTER TABLE t ALTER COLUMN a TYPE int8")
            async let first = scene.database.read(all)
            async let second = scene.database.read(all)
            #expect(try await [first, second].map(\.values) == [[1, 2], [1, 2]])
            #expect(scene.database.status.connects == 3)
        }
    }
}
