import Database
import PostgresClient
import TestSupport
import Testing

@Suite("The connection that changes the schema", .timeLimit(.minutes(5)))
struct MigrationConnectionTests {
    private func connection(_ scene: Scene) throws -> PostgresMigrationConnection {
        try PostgresMigrationConnection(.patient(scene.conninfo))
    }

    @Test func `scripts of many statements and statements with values are done`() async throws {
        try await withScene { scene async throws in
            let connection = try connection(scene)
            try connection.execute("BEGIN; CREATE TABLE t (id text, n int4);")
            let inserted = try connection.query(SQLCommand("INSERT INTO t VALUES ($1, $2)", ["a", 1]))
            #expect(inserted.affected == 1)
            try connection.execute("COMMIT")
            let rows = try connection.query(SQLCommand("SELECT id, n, now() IS NULL AS late FROM t"))
            #expect(rows == SQLRows(columns: ["id", "n", "late"], values: ["a", 1, false], affected: 1))
            connection.close()
        }
    }

    @Test func `the end of the connection undoes an open transaction`() async throws {
        try await withScene { scene async throws in
            let connection = try connection(scene)
            try connection.execute("BEGIN; CREATE TABLE t (id int4)")
            connection.close()
            #expect(try await scene.psql("SELECT to_regclass('t') IS NULL") == "t")
            let error = await refusal { () throws(SQLError) in try connection.execute("SELECT 1") }
            guard case .lost = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `only one has the lock, and the next gets it at the end of the first`() async throws {
        try await withScene { scene async throws in
            let first = try connection(scene)
            try first.lock()
            let gotIt = Journal<Bool>()
            let other = Task {
                try await onThread {
                    let second = try connection(scene)
                    try second.lock()
                    gotIt.append(true)
                    second.close()
                }
            }
            #expect(await eventually { await asks(scene) })
            #expect(gotIt.count == 0)
            first.close()
            try await other.value
            #expect(gotIt.count == 1)
        }
    }

    /// Whether a second one has asked for the lock.
    private func asks(_ scene: Scene) async -> Bool {
        let sql = """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                AND query LIKE '%advisory%'
            """
        return (try? await scene.psql(sql)) == "2"
    }

    @Test func `an index is made beside the tables' users while others wait for the lock`() async throws {
        try await withScene { scene async throws in
            let first = try connection(scene)
            try first.execute("CREATE TABLE t (id int4)")
            try first.lock()
            let other = Task {
                try await onThread {
                    let second = try connection(scene)
                    try second.lock()
                    second.close()
                }
            }
            #expect(await eventually { await asks(scene) })
            try first.execute("CREATE INDEX CONCURRENTLY t_id ON t (id)")
            #expect(
                try await scene.psql("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_id'::regclass")
                    == "t")
            first.close()
            try await other.value
        }
    }

    @Test func `whoever does not get the lock in time is told so`() async throws {
        try await withScene { scene async throws in
            let first = try connection(scene)
            try first.lock()
            try first.lock()
            let second = try PostgresMigrationConnection(.patient(scene.conninfo), lockTimeout: .zero)
            let error = await refusal { () throws(SQLError) in try second.lock() }
            #expect(
                error == .unavailable(reason: "another process has been changing the schema for 0.0 seconds"))
            first.close()
            #expect(await eventually { await refusal { () throws(SQLError) in try second.lock() } == nil })
            second.close()
        }
    }

    @Test func `errors are those of the other connections`() async throws {
        try await withScene { scene async throws in
            let connection = try connection(scene)
            func error(_ work: () throws(SQLError) -> Void) -> SQLError? {
                do {
                    try work()
                    return nil
                } catch {
                    return error
                }
            }
            #expect(
                error { () throws(SQLError) in
                    try connection.execute("CREATE TABLE t (id int4); SELECT nothing")
                }
                    == .refused(code: "42703", message: "column \"nothing\" does not exist"))
            // A script outside of a transaction is one by itself.
            #expect(
                error { () throws(SQLError) in _ = try connection.query(SQLCommand("SELECT * FROM t")) }
                    == .refused(code: "42P01", message: "relation \"t\" does not exist"))
            #expect(
                error { () throws(SQLError) in
                    _ = try connection.query(SQLCommand("SELECT $1::int2", [40_000]))
                }
                    == .badValue(message: "$1 is an integer, which no int2 can hold"))
            #expect(
                error { () throws(SQLError) in try connection.execute("COPY (SELECT 1) TO STDOUT") }
                    == .refused(code: "0A000", message: "COPY is not possible here"))
        }
    }

    @Test(arguments: ["postgresql://127.0.0.1:1/x", "nonsense"])
    func `a server that is not there is unavailable`(conninfo: String) {
        #expect {
            try PostgresMigrationConnection(PostgresOptions(conninfo: conninfo))
        } throws: { error in
            if case .unavailable = error as? SQLError { true } else { false }
        }
    }
}
