/// Brings the schema of a database to where its migrations lead, and back.
///
/// What was applied stands in the table `schema_migrations`. Each migration and its row there are one transaction. While
/// one process migrates, others wait: until the connection is closed. Its calls block the thread.
package final class Migrator {
    private let connection: any MigrationConnection
    private let migrations: [Migration]
    private let now: () -> Int64
    private let told: (String) -> Void

    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - told: called with a line after each migration.
    package init(
        _ connection: any MigrationConnection, _ migrations: [Migration], now: @escaping () -> Int64,
        told: @escaping (String) -> Void = { _ in }
    ) throws(MigrationError) {
        self.connection = connection
        self.migrations = try Self.ordered(migrations)
        self.now = now
        self.told = told
    }

    /// In the order of their numbers, of which there must not be two.
    package static func ordered(_ migrations: [Migration]) throws(MigrationError) -> [Migration] {
        let sorted = migrations.sorted { $0.version < $1.version }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.version == next.version {
            throw .sameVersion(one.label, next.label)
        }
        return sorted
    }

    /// How the schema stands. Changes nothing.
    package func state() throws(MigrationError) -> MigrationState {
        do throws(SQLError) {
            return MigrationState(try history(), migrations)
        } catch { throw .database(error) }
    }

    /// Applies what is pending, in the order of numbers.
    /// - Parameters:
    ///   - most: how many at most.
    ///   - isForced: also when applied files changed or are missing.
    /// - Returns: what was applied; what was before one that failed stays.
    @discardableResult
    package func up(_ most: Int = .max, isForced: Bool = false) throws(MigrationError) -> [Migration] {
        let state = try begin(isForced)
        let next = Array(state.pending.prefix(max(0, most)))
        for migration in next { try apply(migration) }
        return next
    }

    /// Takes back the newest of what was applied.
    /// - Parameter count: how many.
    /// - Returns: what was taken back, in this order.
    @discardableResult
    package func down(_ count: Int = 1, isForced: Bool = false) throws(MigrationError) -> [Migration] {
        let state = try begin(isForced)
        var last: [Migration] = []
        // All of them must have a way back before the first one is taken.
        for applied in state.applied.suffix(max(0, count)).reversed() {
            guard let migration = migrations.first(where: { $0.version == applied.version }) else {
                throw .differs(changed: [], missing: [applied.label])
            }
            guard migration.down != nil else { throw .noWayBack(migration.label) }
            last.append(migration)
        }
        for migration in last { try takeBack(migration) }
        return last
    }

    // MARK: Steps

    private func begin(_ isForced: Bool) throws(MigrationError) -> MigrationState {
        do throws(SQLError) {
            try connection.lock()
            try connection.execute(connection.dialect.text(Self.table))
        } catch { throw .database(error) }
        let state = try state()
        guard isForced || (state.changed.isEmpty && state.missing.isEmpty) else {
            throw .differs(changed: state.changed.map(\.label), missing: state.missing.map(\.label))
        }
        return state
    }

    private func apply(_ migration: Migration) throws(MigrationError) {
        let start = ContinuousClock.now
        try run(migration, .up, migration.up) { () throws(SQLError) in
            let values: [SQLValue] = [
                .integer(Int64(migration.version)), .text(migration.name), .text(migration.checksum),
                .timestamp(now()), .integer(Self.milliseconds(since: start)),
            ]
            return SQLCommand(
                "INSERT INTO schema_migrations (version, name, checksum, applied_at, duration_ms) VALUES ($1, $2, $3, $4, $5)",
                values)
        }
        told("applied \(migration.label) in \(Self.milliseconds(since: start)) ms")
    }

    private func takeBack(_ migration: Migration) throws(MigrationError) {
        guard let down = migration.down else { throw .noWayBack(migration.label) }
        let start = ContinuousClock.now
        try run(migration, .down, down) { () throws(SQLError) in
            SQLCommand(
                "DELETE FROM schema_migrations WHERE version = $1", [.integer(Int64(migration.version))])
        }
        told("took back \(migration.label) in \(Self.milliseconds(since: start)) ms")
    }

    /// - Parameter row: what changes `schema_migrations`.
    private func run(
        _ migration: Migration, _ direction: Migration.Direction, _ part: Migration.Part,
        _ row: () throws(SQLError) -> SQLCommand
    ) throws(MigrationError) {
        do throws(SQLError) {
            let script = try connection.dialect.text(part.sql)
            if part.isTransactional {
                try connection.execute(connection.dialect == .sqlite ? "BEGIN IMMEDIATE" : "BEGIN")
                try connection.execute(script)
                _ = try connection.query(row())
                try checkReferences()
                try connection.execute("COMMIT")
            } else {
                try connection.execute(script)
                _ = try connection.query(row())
            }
        } catch {
            // Where no transaction is open this has no effect, or fails.
            try? connection.execute("ROLLBACK")
            // Lost in COMMIT, it may be done.
            var isUndone = part.isTransactional
            if case .lost = error { isUndone = false }
            throw .failed(migration.label, direction, error, isUndone: isUndone)
        }
    }

    /// Postgres looks at references all the time; SQLite's are not looked at while tables are rebuilt.
    private func checkReferences() throws(SQLError) {
        guard connection.dialect == .sqlite else { return }
        let broken = try connection.query(SQLCommand("PRAGMA foreign_key_check"))
        guard let first = broken.first else { return }
        let (table, parent) = (try first.text(at: 0), try first.text(at: 2))
        throw .constraint(
            .foreignKey, name: table,
            message: "\(broken.count) references lead nowhere, the first from \(table) to \(parent)")
    }

    // MARK: The table

    private static let table = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version INTEGER PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at {{ts}} NOT NULL,
            duration_ms INTEGER NOT NULL
        ){{strict}}
        """

    private func history() throws(SQLError) -> [AppliedMigration] {
        let isThere =
            switch connection.dialect {
            case .postgres: "SELECT CASE WHEN to_regclass('schema_migrations') IS NULL THEN 0 ELSE 1 END"
            case .sqlite:
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'"
            }
        guard try connection.query(SQLCommand(isThere)).row(0).integer(at: 0) > 0 else { return [] }
        let rows = try connection.query(
            SQLCommand(
                "SELECT version, name, checksum, applied_at, duration_ms FROM schema_migrations ORDER BY version"
            ))
        return try rows.map { (row) throws(SQLError) in
            AppliedMigration(
                version: Int(try row.integer(at: 0)), name: try row.text(at: 1),
                checksum: try row.text(at: 2),
                appliedAt: try row.timestamp(at: 3), duration: try row.integer(at: 4))
        }
    }

    private static func milliseconds(since start: ContinuousClock.Instant) -> Int64 {
        Int64((ContinuousClock.now - start) / .milliseconds(1))
    }
}

extension Migrator {
    /// What `up` would do to an empty database, for those who give it to the database by hand. Touches nothing.
    package static func script(_ migrations: [Migration], _ dialect: SQLDialect) throws(MigrationError)
        -> String
    {
        var script = ""
        let migrations = try ordered(migrations)
        do throws(SQLError) {
            script += try dialect.text(table) + ";\n"
            for migration in migrations {
                let now = dialect == .postgres ? "now()" : "CAST(strftime('%s', 'now') AS INTEGER) * 1000"
                // A file need not end with a semicolon, and may end with a comment. Name and checksum have no quote.
                let row = """
                    INSERT INTO schema_migrations (version, name, checksum, applied_at, duration_ms)
                        VALUES (\(migration.version), '\(migration.name)', '\(migration.checksum)', \(now), 0);
                    """
                let (begin, end) = migration.up.isTransactional ? ("BEGIN;\n", "COMMIT;\n") : ("", "")
                script +=
                    "\n-- \(migration.label)\n\(begin)\(try dialect.text(migration.up.sql))\n;\n\(row)\n\(end)"
            }
        } catch {
            throw .database(error)
        }
        return script
    }
}
