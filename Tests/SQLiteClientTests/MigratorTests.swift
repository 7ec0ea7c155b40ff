import Database
import Foundation
import SQLiteClient
import TestSupport
import Testing

@Suite("Migrations on a real database")
struct MigratorTests {
    @Test func `up, down and up again leave the same schema`() throws {
        let folder = try TemporaryFolder()
        #expect(
            try folder.migrate { try $0.up() }.map(\.label) == ["0001_users", "0002_names", "0003_posts"])
        let schema = try folder.schema()
        #expect(try folder.migrate { try $0.down(3) }.map(\.version) == [3, 2, 1])
        #expect(try folder.schema().map(\.name) == ["schema_migrations"])
        try folder.migrate { try $0.up() }
        #expect(try folder.schema() == schema)
        #expect(schema.map(\.name) == ["posts", "posts_by_user", "schema_migrations", "users"])
    }

    @Test func `as many are applied, or taken back, as were asked for`() throws {
        let folder = try TemporaryFolder()
        #expect(try folder.migrate { try $0.up(1) }.map(\.version) == [1])
        #expect(try folder.migrate { try $0.up(0) }.isEmpty)
        #expect(try folder.migrate { try $0.up(5) }.map(\.version) == [2, 3])
        #expect(try folder.migrate { try $0.up() }.isEmpty)
        #expect(try folder.migrate { try $0.down() }.map(\.version) == [3])
        #expect(try folder.migrate { try $0.down(9) }.map(\.version) == [2, 1])
        #expect(try folder.migrate { try $0.down() }.isEmpty)
    }

    @Test func `the state tells what was applied, when and how long it took, and what is pending`() throws {
        let folder = try TemporaryFolder()
        let before = try folder.migrate { try $0.state() }
        #expect(before.applied.isEmpty && before.pending.count == 3 && before.version == nil)
        #expect(try folder.schema().isEmpty)
        try folder.migrate { try $0.up(2) }
        let state = try folder.migrate { try $0.state() }
        #expect(state.version == 2 && state.applied.map(\.label) == ["0001_users", "0002_names"])
        #expect(state.applied.map(\.appliedAt) == [1_700_000_000_000, 1_700_000_000_000])
        #expect(state.applied.allSatisfy { (0..<60_000).contains($0.duration) })
        #expect(
            state.pending.map(\.label) == ["0003_posts"] && state.changed.isEmpty && state.missing.isEmpty)
    }

    @Test func `a statement that fails leaves nothing of its migration, and those before it`() throws {
        let folder = try TemporaryFolder()
        let broken = try Migration(
            file: "0002_broken.sql",
            "-- migrate:up\nCREATE TABLE half (x TEXT);\nINSERT INTO nowhere VALUES (1);")
        let error = #expect(throws: MigrationError.self) {
            try folder.migrate([Self.users, broken]) { try $0.up() }
        }
        #expect(
            "\(try #require(error))"
                == "the migration 0002_broken failed on its way up: no such table: nowhere (1); nothing of it stayed"
        )
        #expect(try folder.schema().map(\.name) == ["schema_migrations", "users"])
        #expect(try folder.migrate { try $0.state() }.version == 1)
    }

    @Test func `without a transaction, what was done before the failure stays`() throws {
        let folder = try TemporaryFolder()
        let broken = try Migration(
            file: "1_broken.sql", "-- no-transaction\n-- migrate:up\nCREATE TABLE half (x TEXT);\nno SQL;")
        let error = #expect(throws: MigrationError.self) { try folder.migrate([broken]) { try $0.up() } }
        #expect("\(try #require(error))".contains("what it did before that stayed"))
        #expect(try folder.schema().map(\.name) == ["half", "schema_migrations"])
    }

    @Test func `a change of an applied file is refused, unless it is forced`() throws {
        let folder = try TemporaryFolder()
        try folder.migrate([Self.users]) { try $0.up() }
        let changed = try Migration(file: "0001_users.sql", "-- migrate:up\nCREATE TABLE people (x TEXT);")
        let set = [changed, Self.names]
        #expect(try folder.migrate(set) { try $0.state() }.changed == [changed])
        let error = #expect(throws: MigrationError.self) { try folder.migrate(set) { try $0.up() } }
        #expect(
            "\(try #require(error))".hasPrefix("0001_users changed after it was applied; nothing was done"))
        #expect(throws: MigrationError.self) { try folder.migrate(set) { try $0.down() } }
        #expect(try folder.migrate(set) { try $0.up(isForced: true) }.map(\.version) == [2])
    }

    @Test func `an applied file that is missing is refused, unless it is forced`() throws {
        let folder = try TemporaryFolder()
        try folder.migrate([Self.users, Self.names]) { try $0.up() }
        let set = [Self.users, Self.posts]
        #expect(try folder.migrate(set) { try $0.state() }.missing.map(\.label) == ["0002_names"])
        let error = #expect(throws: MigrationError.self) { try folder.migrate(set) { try $0.up() } }
        #expect("\(try #require(error))".hasPrefix("0002_names was applied and is not there any more"))
        #expect(try folder.migrate(set) { try $0.up(isForced: true) }.map(\.version) == [3])
        // What is not there cannot be taken back, forced or not.
        #expect(throws: MigrationError.self) { try folder.migrate(set) { try $0.down(2, isForced: true) } }
        #expect(try folder.migrate(set) { try $0.state() }.version == 3)
    }

    @Test func `nothing is taken back when one of them has no way back`() throws {
        let folder = try TemporaryFolder()
        let oneWay = try Migration(file: "1_one-way.sql", "-- migrate:up\nCREATE TABLE a (x TEXT);")
        let posts = try Migration(
            file: "2_posts.sql", "-- migrate:up\nCREATE TABLE b (x TEXT);\n-- migrate:down\nDROP TABLE b;")
        let set = [oneWay, posts]
        try folder.migrate(set) { try $0.up() }
        #expect(throws: MigrationError.noWayBack("0001_one-way")) {
            try folder.migrate(set) { try $0.down(2) }
        }
        #expect(try folder.migrate(set) { try $0.state() }.version == 2)
    }

    @Test func `a number that came later is applied although higher ones were before`() throws {
        let folder = try TemporaryFolder()
        try folder.migrate([Self.users, Self.posts]) { try $0.up() }
        #expect(try folder.migrate { try $0.up() }.map(\.version) == [2])
    }

    @Test func `a table that others refer to is rebuilt, and references that lead nowhere are found`() throws
    {
        let folder = try TemporaryFolder()
        try folder.migrate { try $0.up() }
        try folder.execute(
            "INSERT INTO users (id) VALUES ('ann'); INSERT INTO posts (id, user_id) VALUES ('p', 'ann')")
        let rebuild = "CREATE TABLE new (id TEXT PRIMARY KEY NOT NULL, age INTEGER) STRICT;"
        let rename = "DROP TABLE users; ALTER TABLE new RENAME TO users;"
        let forgetful = try Migration(file: "4_forgetful.sql", "-- migrate:up\n\(rebuild)\(rename)")
        let error = #expect(throws: MigrationError.self) {
            try folder.migrate(Self.all + [forgetful]) { try $0.up() }
        }
        #expect("\(try #require(error))".contains("1 references lead nowhere, the first from posts to users"))
        let right = try Migration(
            file: "4_right.sql",
            "-- migrate:up\n\(rebuild)INSERT INTO new (id) SELECT id FROM users;\(rename)")
        try folder.migrate(Self.all + [right]) { try $0.up() }
        #expect(try folder.query("SELECT user_id FROM posts").values == ["ann"])
        #expect(try folder.query("SELECT id, age FROM users").values == ["ann", nil])
    }

    @Test func `two with the same number are refused`() throws {
        let folder = try TemporaryFolder()
        #expect(throws: MigrationError.sameVersion("0001_users", "0001_other")) {
            try folder.migrate([Self.users, Migration(file: "1_other.sql", "-- migrate:up\nA")]) {
                try $0.up()
            }
        }
    }

    @Test func `of many that migrate at once, one applies each step`() async throws {
        let folder = try TemporaryFolder()
        let applied = Journal<[Int]?>()
        for _ in 0..<6 {
            Thread.detachNewThread { applied.append(try? folder.migrate { try $0.up() }.map(\.version)) }
        }
        let all = await applied.waitFor(6)
        #expect(!all.contains(nil) && all.compactMap(\.self).flatMap(\.self) == [1, 2, 3])
    }

    @Test func `a database in memory is migrated on its own connection`() async throws {
        let database = try await SQLiteDatabase(.memory)
        try await database.migrate { connection in
            try Migrator(connection, Self.all, now: { 0 }).up()
        }
        try await database.write(SQLCommand("INSERT INTO users (id, age) VALUES ('ann', 7)"))
        await #expect(throws: SQLError.self) {
            try await database.write(SQLCommand("INSERT INTO posts (id, user_id) VALUES ('p', 'nobody')"))
        }
        await database.close()
    }

    @Test func `the script for doing it by hand does the same`() throws {
        let (byHand, byUs) = (try TemporaryFolder(), try TemporaryFolder())
        try byHand.execute(Migrator.script(Self.all, .sqlite))
        try byUs.migrate { try $0.up() }
        #expect(try byHand.schema() == byUs.schema())
        #expect(try byHand.migrate { try $0.state() }.pending.isEmpty)
        let script = try Migrator.script(Self.all, .postgres)
        #expect(script.contains("TIMESTAMPTZ") && !script.contains("{{") && !script.contains("STRICT"))
    }

    @Test(arguments: [
        "CREATE TABLE a (x TEXT)", "CREATE TABLE a (x TEXT); -- the end", "CREATE TABLE a (x TEXT) -- ;",
    ])
    func `the script ends what a file leaves open`(sql: String) throws {
        let folder = try TemporaryFolder()
        let bare = try Migration(file: "1_a.sql", "-- migrate:up\n\(sql)")
        try folder.execute(Migrator.script([bare], .sqlite))
        #expect(try folder.migrate([bare]) { try $0.state() }.pending.isEmpty)
    }

    @Test func `of a migration whose end was not heard nothing is claimed`() throws {
        let connection = DeafConnection()
        let error = #expect(throws: MigrationError.self) {
            try Migrator(connection, [Self.users], now: { 0 }).up()
        }
        guard case .failed(_, .up, .lost, isUndone: false) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect("\(try #require(error))".hasSuffix("whether it was done tells: migrate current"))
    }

    // `try!`: texts that stand here.
    private static let users = try! Migration(
        file: "0001_users.sql",
        "-- migrate:up\nCREATE TABLE users (id {{id}} PRIMARY KEY NOT NULL){{strict}};\n-- migrate:down\nDROP TABLE users;"
    )
    private static let names = try! Migration(
        file: "0002_names.sql",
        "-- migrate:up\nALTER TABLE users ADD COLUMN age INTEGER;\n-- migrate:down\nALTER TABLE users DROP COLUMN age;"
    )
    private static let posts = try! Migration(
        file: "0003_posts.sql",
        """
        -- migrate:up
        CREATE TABLE posts (
            id {{id}} PRIMARY KEY NOT NULL,
            user_id {{id}} REFERENCES users (id),
            at {{ts}}
        ){{strict}};
        CREATE INDEX posts_by_user ON posts (user_id);
        -- migrate:down
        DROP TABLE posts;
        """)
    fileprivate static let all = [posts, users, names]
}

extension TemporaryFolder {
    /// Migrates the database in this folder as a process of its own would.
    @discardableResult
    func migrate<Value>(_ migrations: [Migration] = MigratorTests.all, _ body: (Migrator) throws -> Value)
        throws -> Value
    {
        let connection = try SQLiteMigrationConnection(path: file())
        defer { connection.close() }
        return try body(try Migrator(connection, migrations, now: { 1_700_000_000_000 }))
    }

    /// The tables and indexes, as SQLite keeps their statements.
    func schema() throws -> [SchemaEntry] {
        try query("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").map {
            (row) throws(SQLError) in
            SchemaEntry(name: try row.text(at: 0), sql: try row.text(at: 1))
        }
    }

    func query(_ sql: String) throws -> SQLRows {
        let connection = try SQLiteMigrationConnection(path: file())
        defer { connection.close() }
        return try connection.query(SQLCommand(sql))
    }

    func execute(_ script: String) throws {
        let connection = try SQLiteMigrationConnection(path: file())
        defer { connection.close() }
        try connection.execute(script)
    }
}

struct SchemaEntry: Hashable {
    var name: String
    var sql: String
}

/// A connection that ends while a transaction is being committed.
private final class DeafConnection: MigrationConnection {
    let dialect = SQLDialect.postgres

    func lock() {}
    func execute(_ script: String) throws(SQLError) {
        if script == "COMMIT" { throw .lost(reason: "gone") }
    }
    func query(_ command: SQLCommand) -> SQLRows {
        command.sql.contains("to_regclass")
            ? SQLRows(columns: ["n"], values: [0], affected: 0)
            : SQLRows(columns: [], values: [], affected: 1)
    }
    func close() {}
}
