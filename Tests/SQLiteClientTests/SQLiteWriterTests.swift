import Database
import Foundation
import SQLiteClient
import TestSupport
import Testing

@Suite("SQLite: writes that come together")
struct SQLiteWriterTests {
    @Test func `a transaction is done as a whole or not at all`() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        let results = try await database.transaction([
            SQLCommand("INSERT INTO t (id) VALUES ('a')"), SQLCommand("SELECT count(*) FROM t"),
        ])
        #expect(results.map(\.affected) == [1, 1] && results[1].values == [1])
        await #expect(throws: SQLError.self) {
            try await database.transaction([
                SQLCommand("INSERT INTO t (id) VALUES ('b')"), SQLCommand("INSERT INTO t (id) VALUES ('a')"),
            ])
        }
        #expect(try await database.ids() == ["a"])
        #expect(try await database.transaction([]).isEmpty)
        await database.close()
    }

    @Test func `of many that share a commit, those that fail undo only themselves`() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        // The writer is held up, so that all of them wait.
        let gate = HeldWriter(database)
        try await gate.isHeld()
        let outcomes = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<60 {
                group.addTask {
                    do {
                        switch number % 3 {
                        case 0: try await database.insert("\(number / 6)")
                        case 1:
                            try await database.transaction([
                                SQLCommand("INSERT INTO t (id) VALUES ($1)", [.text("x\(number)")]),
                                SQLCommand(
                                    "INSERT INTO t (id, n) VALUES ($1, $2)",
                                    [.text("y\(number)"), number % 2 == 0 ? 1 : -1]),
                            ])
                        default:
                            try await database.upsert(
                                UpsertBatch(
                                    UpsertTable("t", key: ["id"], others: ["n"]),
                                    [
                                        .text(["u\(number)", "v\(number)"]),
                                        .integer([1, number % 2 == 0 ? 1 : -1]),
                                    ]))
                        }
                        return (number, true)
                    } catch { return (number, false) }
                }
            }
            #expect(await eventually { database.status.pending >= 60 })
            gate.release()
            return try await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        let ids = Set(try await database.ids())
        for (number, isDone) in outcomes {
            switch number % 3 {
            case 0: #expect(ids.contains("\(number / 6)"))
            case 1:
                #expect(isDone == (number % 2 == 0))
                #expect(ids.contains("x\(number)") == isDone && ids.contains("y\(number)") == isDone)
            default: #expect(ids.contains("u\(number)") == isDone && ids.contains("v\(number)") == isDone)
            }
        }
        #expect(outcomes.filter { $0.key % 3 == 0 && $0.value }.count == 10)
        await database.close()
    }

    @Test func `a commit that fails as a whole is done again one by one`() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        try await database.write(
            SQLCommand("CREATE TABLE late (t TEXT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED){{strict}}")
        )
        let gate = HeldWriter(database)
        try await gate.isHeld()
        async let first: Void = database.insert("a")
        let broken = Task { try await database.write(SQLCommand("INSERT INTO late (t) VALUES ('nobody')")) }
        async let second: Void = database.insert("b")
        #expect(await eventually { database.status.pending >= 4 })
        gate.release()
        try await first
        try await second
        await #expect(throws: SQLError.self) { _ = try await broken.value }
        #expect(try await database.ids() == ["a", "b"])
        await database.close()
    }

    @Test func `as many calls wait as may, one more is refused`() async throws {
        let folder = try TemporaryFolder()
        var options = SQLiteOptions()
        options.queueLimit = 3
        let database = try await SQLiteDatabase.opened(folder, options: options)
        let gate = HeldWriter(database)
        try await gate.isHeld()
        let waiting = (0..<3).map { number in Task { try await database.insert("\(number)") } }
        #expect(await eventually { database.status.pending >= 4 })
        await #expect(throws: SQLError.overloaded(limit: 3)) { try await database.insert("too many") }
        gate.release()
        for task in waiting { try await task.value }
        #expect(try await database.ids() == ["0", "1", "2"])
        await database.close()
    }

    @Test func `rows are inserted, and replace those with the same key`() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        try await database.write(Candles.create)
        try await database.upsert(Candles.batch([("a", 1, 1.5, nil), ("a", 2, 2.5, 10)]))
        try await database.upsert(Candles.batch([("a", 2, 3.5, nil), ("b", 1, 4.5, 20)]))
        try await database.upsert(Candles.batch([]))
        let rows = try await database.read(SQLCommand("SELECT * FROM candles ORDER BY sector, at"))
        #expect(
            rows.values == [
                "a", 1, 1.5, nil, "a", 2, 3.5, nil, "b", 1, 4.5, 20.0,
            ])
        await database.close()
    }

    @Test func `a row that breaks a rule undoes its batch`() async throws {
        let database = try await SQLiteDatabase(.memory)
        try await database.write(Candles.create)
        let error = await #expect(throws: SQLError.self) {
            try await database.upsert(Candles.batch([("a", 1, 1, nil), ("a", 2, .nan, nil)]))
        }
        #expect(try #require(error).isFaultOfRow)
        #expect(try await database.read(SQLCommand("SELECT * FROM candles")).isEmpty)
        await database.close()
    }

    @Test func `a table with nothing but a key takes each row once, whatever its names`() async throws {
        let database = try await SQLiteDatabase(.memory)
        try await database.write(
            SQLCommand("CREATE TABLE \"a \"\"b\" (\"key\" TEXT PRIMARY KEY NOT NULL){{strict}}"))
        let table = UpsertTable("a \"b", key: ["key"], others: [])
        for _ in 0..<2 { try await database.upsert(UpsertBatch(table, [.text(["x", "y"])])) }
        #expect(try await database.read(SQLCommand("SELECT * FROM \"a \"\"b\"")).values == ["x", "y"])
        await database.close()
    }

    @Test func `columns that do not fit together are refused`() async throws {
        let database = try await SQLiteDatabase(.memory)
        for columns: [UpsertColumn] in [[.text(["a"])], [.text(["a"]), .integer([])]] {
            let error = await #expect(throws: SQLError.self) {
                try await database.upsert(UpsertBatch(UpsertTable("t", key: ["id"], others: ["n"]), columns))
            }
            #expect("\(try #require(error))".contains("do not fit together"))
        }
        await database.close()
    }
}

/// Keeps the writer's thread busy until it is released.
final class HeldWriter: Sendable {
    private let started = DispatchSemaphore(value: 0)
    private let end = DispatchSemaphore(value: 0)

    init(_ database: SQLiteDatabase) {
        let (started, end) = (started, end)
        Task {
            try await database.migrate { _ in
                started.signal()
                end.wait()
            }
        }
    }

    func isHeld() async throws {
        let started = started
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                started.wait()
                continuation.resume()
            }
        }
    }

    func release() { end.signal() }
}
