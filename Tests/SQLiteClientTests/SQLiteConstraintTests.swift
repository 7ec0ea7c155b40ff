import Database
import SQLiteClient
import Testing

@Suite("SQLite: what breaks a rule of the schema")
struct SQLiteConstraintTests {
    @Test(arguments: [
        ("INSERT INTO t (id) VALUES ('a')", SQLError.Constraint.unique, "t.id"),
        ("INSERT INTO u (name) VALUES ('ann')", .unique, "u.name"),
        ("INSERT INTO t (id) VALUES (NULL)", .notNull, "t.id"),
        ("INSERT INTO t (id, n) VALUES ('b', -1)", .check, "n >= 0"),
        ("INSERT INTO u (name, t) VALUES ('bob', 'b')", .foreignKey, ""),
    ])
    func `is told by its kind and name`(sql: String, kind: SQLError.Constraint, name: String) async throws {
        let database = try await Self.database()
        let error = await #expect(throws: SQLError.self) { try await database.write(SQLCommand(sql)) }
        guard case .constraint(kind, name, let message) = error else { throw try #require(error) }
        #expect(message.contains("constraint failed"))
        #expect(try #require(error).isFaultOfRow && !#require(error).isPassing)
        await database.close()
    }

    @Test func `a value of another type than a strict table's column is a bad value`() async throws {
        let database = try await Self.database()
        let error = await #expect(throws: SQLError.self) {
            try await database.write(SQLCommand("INSERT INTO t (id, n) VALUES ('b', $1)", ["many"]))
        }
        guard case .badValue(let message) = error else { throw try #require(error) }
        #expect(message.contains("t.n"))
        await database.close()
    }

    @Test func `a reference that is only checked at the end undoes the transaction`() async throws {
        let database = try await Self.database()
        await #expect(throws: SQLError.self) {
            try await database.transaction([
                SQLCommand("INSERT INTO t (id) VALUES ('x')"),
                SQLCommand("INSERT INTO late (t) VALUES ('nobody')"),
            ])
        }
        #expect(try await database.read(SQLCommand("SELECT id FROM t")).values == ["a"])
        await database.close()
    }

    private static func database() async throws -> SQLiteDatabase {
        let database = try await SQLiteDatabase(.memory)
        try await database.transaction([
            SQLiteDatabase.table,
            SQLCommand("CREATE TABLE u (name TEXT NOT NULL UNIQUE, t TEXT REFERENCES t (id)){{strict}}"),
            SQLCommand(
                "CREATE TABLE late (t TEXT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED){{strict}}"),
            SQLCommand("INSERT INTO t (id) VALUES ('a')"), SQLCommand("INSERT INTO u (name) VALUES ('ann')"),
        ])
        return database
    }
}
