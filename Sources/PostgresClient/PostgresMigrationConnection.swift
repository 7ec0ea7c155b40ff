package import Database

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A connection on which the schema is changed. Its calls block: it is used on a thread of its own, and confined to it.
///
/// It has no time limit for statements. Not through PgBouncer's transaction mode: the lock is the session's.
package final class PostgresMigrationConnection: MigrationConnection {
    package let dialect = SQLDialect.postgres
    private let connection: LibpqConnection
    private let lockTimeout: Duration
    /// What `pg_try_advisory_lock` takes, the same in all versions: "maxserve" in ASCII.
    private static let lockKey: Int64 = 0x6D61_7873_6572_7665

    /// Connects.
    /// - Parameter lockTimeout: how long `lock` waits for another process.
    /// - Throws: `SQLError.unavailable` when that fails, also for a text that is no connection string.
    package init(_ options: PostgresOptions, lockTimeout: Duration = .seconds(60)) throws(SQLError) {
        self.lockTimeout = lockTimeout
        let settings: ConnectionSettings
        do throws(ConnectionSettings.NotUnderstood) {
            settings = try ConnectionSettings(options, for: .migrating)
        } catch {
            throw .unavailable(reason: error.description)
        }
        let seconds = max(2, (options.timing.connectTimeout / .seconds(1)).rounded(.up))
        let parameters =
            (settings.parameters(addresses: nil) ?? []) + [
                ConnectionParameter("connect_timeout", "\(Int(seconds))")
            ]
        connection = LibpqConnection(parameters, waits: true, onNotice: options.onNotice)
        guard connection.isUp else { throw .unavailable(reason: connection.reason) }
    }

    /// Asks for the lock again and again. A statement that waits for it would hold a snapshot meanwhile, for whose end
    /// CREATE INDEX CONCURRENTLY of whoever has the lock waits.
    package func lock() throws(SQLError) {
        let deadline = ContinuousClock.now + lockTimeout
        let attempt = SQLCommand("SELECT pg_try_advisory_lock($1)", [.integer(Self.lockKey)])
        while try !query(attempt).row(0).boolean(at: 0) {
            guard .now < deadline else {
                throw .unavailable(reason: "another process has been changing the schema for \(lockTimeout)")
            }
            usleep(100_000)
        }
    }

    package func execute(_ script: String) throws(SQLError) {
        guard !script.utf8.contains(0) else { throw .badValue(message: "the script has a NUL character") }
        try check(connection.execute(script))
    }

    package func query(_ command: SQLCommand) throws(SQLError) -> SQLRows {
        try check(connection.prepare(try dialect.text(command.sql)))
        let description = try check(connection.describe())
        let parameters = try Parameters(command.values, as: description.parameterTypes)
        return try check(connection.executePrepared(parameters)).rows()
    }

    package func close() { connection.close() }

    @discardableResult
    private func check(_ result: LibpqResult?) throws(SQLError) -> LibpqResult {
        guard let result else { throw .lost(reason: connection.reason) }
        switch result.status {
        // Here the caller may: nobody else uses the connection.
        case .done, .transaction: return result
        case .failed: throw result.error.meaning
        case .skipped, .sync, .unusable: throw .refused(code: "0A000", message: "COPY is not possible here")
        }
    }
}
