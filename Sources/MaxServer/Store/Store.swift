import Database
import EngineNet
import SQLiteClient

/// Why there is no database to work with.
struct StoreError: Error, CustomStringConvertible {
    var description: String
}

/// Where the server keeps what must outlast it: which of the databases the settings mean.
enum Store {
    /// Opens the database. SQLite's schema is brought up to date before; that of Postgres by `maxserver migrate`, since
    /// several servers may share it.
    static func open(_ settings: Settings, log: Log) async throws -> any Database {
        let migrations = try MigrationFolder(path: settings.migrationFolder).all()
        switch settings.database {
        case .sqlite(let path):
            let connection = try SQLiteMigrationConnection(path: path)
            defer { connection.close() }
            try migrator(connection, migrations, log).up()
            return try await SQLiteDatabase(.file(path))
        case .memory:
            let database = try await SQLiteDatabase(.memory)
            try await database.migrate { connection in try migrator(connection, migrations, log).up() }
            return database
        case .postgres: throw postgresIsMissing
        }
    }

    /// A connection for changing the schema.
    static func migrationConnection(_ url: DatabaseURL) throws -> any MigrationConnection {
        switch url {
        case .sqlite(let path): try SQLiteMigrationConnection(path: path)
        case .postgres: throw postgresIsMissing
        case .memory:
            throw StoreError(
                description: "a database in memory has nothing to migrate: its schema is made at each start")
        }
    }

    private static func migrator(_ connection: any MigrationConnection, _ migrations: [Migration], _ log: Log)
        throws
        -> Migrator
    {
        try Migrator(
            connection, migrations, now: { Int64(WallClock.milliseconds) },
            told: { log.info("migrations: \($0)") })
    }

    private static let postgresIsMissing = StoreError(
        description: "Postgres is not built in yet; use sqlite:///max.db, or leave DATABASE_URL unset")
}
