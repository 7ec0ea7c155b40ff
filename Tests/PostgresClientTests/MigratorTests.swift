import Database
import PostgresClient
import TestSupport
import Testing

@Suite("Migrations on Postgres", .timeLimit(.minutes(5)))
struct MigratorTests {
    private static let users = """
        -- migrate:up
        CREATE TABLE users (id {{id}} PRIMARY KEY NOT NULL, at {{ts}} NOT NULL, about {{json}}){{strict}};
        -- only: postgres
        CREATE INDEX users_at ON users USING brin (at);
        -- end
        -- only: sqlite
        CREATE INDEX users_at ON users (at) WHERE rowid > 0;
        -- end
        -- migrate:down
        DROP TABLE users;
        """

    private static let index = """
        -- no-transaction
        -- migrate:up
        CREATE INDEX CONCURRENTLY users_about ON users (about);
        -- migrate:down
        DROP INDEX users_about;
        """

    @discardableResult
    private func migrate<Value>(
        _ scene: Scene, _ files: [(String, String)], _ body: (Migrator) throws -> Value
    ) throws -> Value {
        let connection = try PostgresMigrationConnection(.patient(scene.conninfo))
        defer { connection.close() }
        let migrations = try files.map { try Migration(file: $0.0, $0.1) }
        return try body(try Migrator(connection, migrations, now: { 1_700_000_000_123 }))
    }

    private let schema = """
        SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
        """

    @Test func `up, down and up again leave the same schema`() async throws {
        try await withScene { scene async throws in
            let files = [("1_users.sql", Self.users), ("2_index.sql", Self.index)]
            #expect(try migrate(scene, files) { try $0.up() }.map(\.version) == [1, 2])
            let before = try await scene.psql(schema)
            #expect(
                before == "schema_migrations schema_migrations_pkey users users_about users_at users_pkey")
            #expect(try migrate(scene, files) { try $0.down(2) }.map(\.version) == [2, 1])
            #expect(try await scene.psql(schema) == "schema_migrations schema_migrations_pkey")
            try migrate(scene, files) { try $0.up() }
            let state = try migrate(scene, files) { try $0.state() }
            #expect(state.version == 2 && state.pending.isEmpty)
            #expect(state.applied.map(\.appliedAt) == [1_700_000_000_123, 1_700_000_000_123])
            #expect(try await scene.psql(schema) == before)
        }
    }

    @Test func `a statement that fails leaves nothing of its migration`() async throws {
        try await withScene { scene async throws in
            let broken = "-- migrate:up\nCREATE TABLE half (x TEXT);\nINSERT INTO nowhere VALUES (1);"
            #expect(throws: MigrationError.self) {
                try migrate(scene, [("1_users.sql", Self.users), ("2_broken.sql", broken)]) { try $0.up() }
            }
            #expect(try await scene.psql("SELECT to_regclass('half') IS NULL") == "t")
            #expect(try await scene.psql("SELECT max(version) FROM schema_migrations") == "1")
        }
    }

    @Test func `two that migrate at once do each step once`() async throws {
        try await withScene { scene async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { _ = try migrate(scene, [("1_users.sql", Self.users)]) { try $0.up() } }
                }
                try await group.waitForAll()
            }
            #expect(try await scene.psql("SELECT count(*) FROM schema_migrations") == "1")
        }
    }
}
