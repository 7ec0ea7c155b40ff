import Database
import Foundation
import SQLiteClient
import TestSupport
import Testing

@Suite("SQLite: connections that change the schema")
struct SQLiteMigrationConnectionTests {
    @Test func `a script of many statements is done, and a query with values`() throws {
        let folder = try TemporaryFolder()
        let connection = try SQLiteMigrationConnection(path: folder.file())
        try connection.execute(
            "CREATE TABLE a (x TEXT); -- first\nBEGIN; INSERT INTO a VALUES ('1;2'); COMMIT;")
        #expect(try connection.query(SQLCommand("SELECT x FROM a WHERE x = $1", ["1;2"])).count == 1)
        connection.close()
    }

    @Test func `a statement may take longer than those of a server`() throws {
        let folder = try TemporaryFolder()
        var options = SQLiteOptions()
        options.statementTimeout = .zero
        let connection = try SQLiteMigrationConnection(path: folder.file(), options: options)
        let long =
            "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r LIMIT 100000) SELECT count(*) FROM r"
        #expect(try connection.query(SQLCommand(long)).values == [100_000])
        connection.close()
    }

    @Test func `what is open at the end is undone`() throws {
        let folder = try TemporaryFolder()
        let first = try SQLiteMigrationConnection(path: folder.file())
        try first.execute("BEGIN; CREATE TABLE a (x TEXT)")
        first.close()
        let second = try SQLiteMigrationConnection(path: folder.file())
        #expect(throws: SQLError.self) { try second.query(SQLCommand("SELECT * FROM a")) }
        second.close()
    }

    @Test func `one has the lock at a time, and its transactions run meanwhile`() throws {
        let folder = try TemporaryFolder()
        let first = try SQLiteMigrationConnection(path: folder.file())
        let second = try SQLiteMigrationConnection(path: folder.file(), lockTimeout: .zero)
        try first.lock()
        try first.lock()
        try first.execute("BEGIN; CREATE TABLE a (x TEXT); COMMIT")
        let error = #expect(throws: SQLError.self) { try second.lock() }
        #expect(try #require(error).isPassing)
        first.close()
        try second.lock()
        second.close()
        #expect(folder.files == ["test.db"])
    }

    @Test func `many that wait for the lock get it one after the other`() async throws {
        let folder = try TemporaryFolder()
        let setUp = try SQLiteMigrationConnection(path: folder.file())
        try setUp.execute("CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (0)")
        setUp.close()
        let path = folder.file()
        let ends = Journal<Bool>()
        for _ in 0..<8 {
            Thread.detachNewThread {
                ends.append((try? Self.countUp(path)) != nil)
            }
        }
        #expect(await ends.waitFor(8) == Array(repeating: true, count: 8))
        let last = try SQLiteMigrationConnection(path: path)
        #expect(try last.query(SQLCommand("SELECT n FROM a")).values == [8])
        last.close()
    }

    /// Reads a number and writes the next one, in two steps that only the lock holds together.
    private static func countUp(_ path: String) throws {
        let connection = try SQLiteMigrationConnection(path: path)
        defer { connection.close() }
        try connection.lock()
        let number = try connection.query(SQLCommand("SELECT n FROM a")).row(0).integer(at: 0)
        _ = try connection.query(SQLCommand("UPDATE a SET n = $1", [.integer(number + 1)]))
    }

    @Test func `what is in memory is changed on its own connection`() async throws {
        let database = try await SQLiteDatabase(.memory)
        let count = try await database.migrate { connection in
            try connection.lock()
            try connection.execute("CREATE TABLE a (x TEXT); BEGIN; INSERT INTO a VALUES ('left open')")
            return try connection.query(SQLCommand("SELECT * FROM a")).count
        }
        #expect(count == 1)
        #expect(try await database.read(SQLCommand("SELECT * FROM a")).isEmpty)
        await #expect(throws: SQLError.self) {
            try await database.migrate { try $0.execute("no SQL") }
        }
        #expect(try await database.read(SQLCommand("PRAGMA foreign_keys")).values == [1])
        await database.close()
    }
}
