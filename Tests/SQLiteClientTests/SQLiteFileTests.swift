import Database
import Foundation
import SQLiteClient
import TestSupport
import Testing

@Suite("SQLite: files, memory, beginning and end")
struct SQLiteFileTests {
    @Test func `what was written is there after closing, in one file that only its owner reads`() async throws
    {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        try await database.insert("a")
        await database.close()
        #expect(folder.files == ["test.db"])
        let rights =
            try FileManager.default.attributesOfItem(atPath: folder.file())[.posixPermissions] as? Int
        #expect(rights == 0o600)
        let again = try await SQLiteDatabase.opened(folder)
        #expect(try await again.ids() == ["a"])
        await again.close()
    }

    @Test func `closing waits for everything that was given before, and nothing is taken after`() async throws
    {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        let gate = HeldWriter(database)
        try await gate.isHeld()
        let writes = (0..<100).map { number in Task { try await database.insert("\(number)") } }
        #expect(await eventually { database.status.pending >= 101 })
        async let closed: Void = database.close()
        #expect(await eventually { !database.status.isConnected })
        gate.release()
        await closed
        for write in writes { try await write.value }
        await #expect(throws: SQLError.closed) { try await database.insert("late") }
        await #expect(throws: SQLError.closed) { try await database.ids() }
        await database.close()
        let again = try await SQLiteDatabase.opened(folder)
        #expect(try await again.count() == 100)
        await again.close()
    }

    @Test func `a database that is let go of ends by itself`() async throws {
        let folder = try TemporaryFolder()
        var database: SQLiteDatabase? = try await SQLiteDatabase.opened(folder)
        try await database?.insert("a")
        database = nil
        #expect(await eventually { folder.files == ["test.db"] })
    }

    @Test(arguments: [SQLiteOptions.Durability.normal, .full])
    func `readers see what was written before they were asked`(durability: SQLiteOptions.Durability)
        async throws
    {
        let folder = try TemporaryFolder()
        var options = SQLiteOptions()
        options.durability = durability
        let database = try await SQLiteDatabase.opened(folder, options: options)
        for number in 1...50 {
            try await database.insert("\(number)")
            #expect(try await database.count() == Int64(number))
        }
        await database.close()
    }

    @Test func `readers go on while the writer is busy`() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        try await database.insert("a")
        let gate = HeldWriter(database)
        try await gate.isHeld()
        #expect(try await database.ids() == ["a"])
        gate.release()
        await database.close()
    }

    @Test func `reading changes nothing`() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        let error = await #expect(throws: SQLError.self) {
            try await database.read(SQLCommand("INSERT INTO t (id) VALUES ('a')"))
        }
        #expect("\(try #require(error))".contains("cannot be written to"))
        #expect(try await database.count() == 0)
        #expect(database.status == DatabaseStatus(isConnected: true, connects: 1))
        await database.close()
    }

    @Test func `what is in memory is read as it was written, and is gone at the end`() async throws {
        let database = try await SQLiteDatabase(.memory)
        try await database.write(SQLiteDatabase.table)
        try await database.insert("a")
        #expect(try await database.ids() == ["a"])
        #expect(try await database.ping() > .zero)
        await database.close()
        let another = try await SQLiteDatabase(.memory)
        await #expect(throws: SQLError.self) { try await another.ids() }
        await another.close()
    }

    @Test func `a file that cannot be opened is refused with its path`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("missing/test.db")
        let error = await #expect(throws: SQLError.self) { _ = try await SQLiteDatabase(.file(path)) }
        #expect(
            "\(try #require(error))".contains("\(path): the file cannot be opened; does its folder exist?"))
    }

    @Test func `a file of something else is refused, and stays as it is`() async throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "not a database ", count: 100)
        try text.write(toFile: folder.file(), atomically: true, encoding: .utf8)
        let error = await #expect(throws: SQLError.self) {
            _ = try await SQLiteDatabase(.file(folder.file()))
        }
        #expect("\(try #require(error))".contains("no database of SQLite"))
        #expect(try String(contentsOfFile: folder.file(), encoding: .utf8) == text)
    }

    @Test func `another process that holds the database for too long is a conflict`() async throws {
        let folder = try TemporaryFolder()
        var options = SQLiteOptions()
        options.busyTimeout = .milliseconds(20)
        let database = try await SQLiteDatabase.opened(folder, options: options)
        let other = try SQLiteMigrationConnection(path: folder.file())
        try other.execute("BEGIN IMMEDIATE")
        let error = await #expect(throws: SQLError.self) { try await database.insert("a") }
        #expect(try #require(error).isPassing)
        other.close()
        try await database.insert("a")
        #expect(try await database.ids() == ["a"])
        await database.close()
    }

    @Test func `a disk without room is told, and shows in the status until it has room again`() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        let pages = try await database.write(SQLCommand("PRAGMA page_count")).row(0).integer(at: 0)
        try await database.write(SQLCommand("PRAGMA max_page_count = \(pages)"))
        let error = await #expect(throws: SQLError.self) {
            try await database.insert(String(repeating: "x", count: 100_000))
        }
        #expect("\(try #require(error))".contains("no room left"))
        #expect(try #require(error).isPassing)
        #expect(!database.status.isConnected && database.status.reason?.contains("no room left") == true)
        try await database.write(SQLCommand("PRAGMA max_page_count = 1000000"))
        try await database.insert("a")
        #expect(database.status.isConnected && database.status.reason == nil)
        #expect(try await database.ids() == ["a"])
        await database.close()
    }

    @Test func `of several that share a commit on a full disk, the small ones are still done`() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        let pages = try await database.write(SQLCommand("PRAGMA page_count")).row(0).integer(at: 0)
        try await database.write(SQLCommand("PRAGMA max_page_count = \(pages)"))
        let gate = HeldWriter(database)
        try await gate.isHeld()
        async let small: Void = database.insert("a")
        let large = Task { try await database.insert(String(repeating: "x", count: 100_000)) }
        #expect(await eventually { database.status.pending >= 3 })
        gate.release()
        try await small
        await #expect(throws: SQLError.self) { try await large.value }
        #expect(try await database.ids() == ["a"])
        await database.close()
    }

    @Test func `another process that comes and goes does not take the log from under the server`()
        async throws
    {
        let folder = try TemporaryFolder()
        let migrations = try SQLiteMigrationConnection(path: folder.file())
        try migrations.execute("CREATE TABLE users (id TEXT)")
        let database = try await SQLiteDatabase.opened(folder)
        migrations.close()
        try await database.insert("a")
        let log = try folder.number(of: "test.db-wal")
        #expect(try await Self.elsewhere("SELECT id FROM t", folder) == "[('a',)]")
        #expect(try folder.number(of: "test.db-wal") == log)
        try await database.insert("b")
        #expect(
            try await Self.elsewhere("INSERT INTO t (id) VALUES ('c') RETURNING id", folder) == "[('c',)]")
        try await database.insert("d")
        #expect(try await database.ids() == ["a", "b", "c", "d"])
        #expect(try await database.write(SQLCommand("PRAGMA integrity_check")).values == ["ok"])
        await database.close()
        #expect(folder.files == ["test.db"])
    }

    /// What a statement gives that another process does, which opens and closes the file.
    private static func elsewhere(_ sql: String, _ folder: TemporaryFolder) async throws -> String {
        let program = """
            import sqlite3, sys
            connection = sqlite3.connect(sys.argv[1])
            print(connection.execute(sys.argv[2]).fetchall())
            connection.commit()
            connection.close()
            """
        return try await ChildProcess.output(of: ["python3", "-c", program, folder.file(), sql])
    }

    @Test func `what stands beside the file is as private, also when the file was there before`() async throws
    {
        let folder = try TemporaryFolder()
        for _ in 0..<2 {
            let database = try await SQLiteDatabase.opened(folder)
            try await database.write(SQLCommand("INSERT OR IGNORE INTO t (id) VALUES ('a')"))
            for name in ["test.db", "test.db-wal", "test.db-shm"] {
                #expect(try folder.rights(of: name) == 0o600)
            }
            await database.close()
        }
    }

    @Test func `two databases on one file take turns`() async throws {
        let folder = try TemporaryFolder()
        let (first, second) = (
            try await SQLiteDatabase.opened(folder), try await SQLiteDatabase.opened(folder)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask { try await (number % 2 == 0 ? first : second).insert("\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(try await first.count() == 50)
        #expect(try await second.count() == 50)
        await first.close()
        await second.close()
    }
}

extension TemporaryFolder {
    /// What the file system calls a file.
    fileprivate func number(of name: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: file(name))[.systemFileNumber] as? Int)
    }

    fileprivate func rights(of name: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: file(name))[.posixPermissions] as? Int)
    }
}
