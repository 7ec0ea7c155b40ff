import Database
import EngineNet
import PostgresClient
import SQLiteClient

/// Why there is no database to work with.
struct StoreError: Error, CustomStringConvertible {
    var description: String
}

/// Where the server keeps what must outlast it: which of the databases the settings mean.
enum Store {
    /// Opens the database.
    ///
    /// SQLite's schema is brought up to date before. That of Postgres, which several servers may share, is changed by
    /// `maxserver migrate` or with `AUTO_MIGRATE=true`; one that lacks a migration is refused.
    /// - Parameter loop: where connections to Postgres live.
    static func open(_ settings: Settings, on loop: EventLoop, log: Log) async throws -> any Database {
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
        case .postgres(let conninfo, _):
            let options = PostgresOptions(conninfo: conninfo)
            let connection = try PostgresMigrationConnection(options)
            defer { connection.close() }
            try prepare(connection, migrations, migrates: settings.migratesAtStart, log)
            return try PostgresDatabase(options, on: loop) { log.told(of: $0) }
        }
    }

    private static func prepare(
        _ connection: PostgresMigrationConnection, _ migrations: [Migration], migrates: Bool, _ log: Log
    ) throws {
        let migrator = try migrator(connection, migrations, log)
        if migrates { try migrator.up() }
        let pending = try migrator.state().pending
        guard let first = pending.first else { return }
        throw StoreError(
            description: """
                the schema of the database is older than this server: \(pending.count) migrations are missing, \
                the first is \(first.label). Run: maxserver migrate up
                """)
    }

    /// A connection for changing the schema.
    static func migrationConnection(_ url: DatabaseURL) throws -> any MigrationConnection {
        switch url {
        case .sqlite(let path): try SQLiteMigrationConnection(path: path)
        case .postgres(let conninfo, _): try PostgresMigrationConnection(PostgresOptions(conninfo: conninfo))
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
}

extension Log {
    /// One line for each change of a connection to Postgres.
    fileprivate func told(of state: PostgresState) {
        switch state {
        case .connecting: debug("Postgres: connecting")
        case .live: info("Postgres: connected")
        case .down(let reason): warning("Postgres: lost, and tried again: \(reason)")
        case .closed: info("Postgres: closed")
        }
    }
}
