package import Database
internal import Synchronization

/// A connection to a file whose schema is changed. References are not looked at while tables are rebuilt: the migrator
/// checks all of them before it commits.
///
/// The lock is not SQLite's, which the connection's own transactions need. It is one of the system, on the file
/// `<path>.migrating`; it ends with the process that has it.
package final class SQLiteMigrationConnection: MigrationConnection {
    package let dialect = SQLDialect.sqlite
    private let connection: SQLiteConnection
    private let lockFile: LockFile

    /// Opens a file, and makes it if there is none.
    /// - Parameter lockTimeout: how long `lock` waits for another process.
    package init(
        path: String, options: SQLiteOptions = SQLiteOptions(), lockTimeout: Duration = .seconds(60)
    ) throws(SQLError) {
        var options = options
        // All references of a large database are looked at in one statement.
        options.statementTimeout = .seconds(86_400)
        connection = try SQLiteConnection(.file(path), .migration, options)
        lockFile = LockFile("\(path).migrating", timeout: lockTimeout)
    }

    package func lock() throws(SQLError) { try lockFile.lock() }
    package func execute(_ script: String) throws(SQLError) { try connection.execute(script) }
    package func query(_ command: SQLCommand) throws(SQLError) -> SQLRows { try connection.run(command) }

    package func close() {
        connection.close()
        lockFile.unlock()
    }
}

/// The connection of a `SQLiteDatabase`, on its own thread: nobody else can be there.
final class LentMigrationConnection: MigrationConnection {
    let dialect = SQLDialect.sqlite
    private let connection: SQLiteConnection

    init(_ connection: SQLiteConnection) throws(SQLError) {
        self.connection = connection
        try connection.execute("PRAGMA foreign_keys = OFF")
    }

    deinit {
        // Has no effect inside a transaction that was left open.
        connection.rollBack()
        // A setting: it cannot fail.
        try? connection.execute("PRAGMA foreign_keys = ON")
    }

    func lock() {}
    func execute(_ script: String) throws(SQLError) { try connection.execute(script) }
    func query(_ command: SQLCommand) throws(SQLError) -> SQLRows { try connection.run(command) }
    func close() { connection.rollBack() }
}

/// Carries a result from one thread to another that waits for the end of the first one's work.
final class Handover<Value: Sendable>: Sendable {
    private let content = Mutex<Result<Value, any Error>?>(nil)

    func set(_ result: Result<Value, any Error>) { content.withLock { $0 = result } }

    func take() throws -> Value {
        guard let result = content.withLock(\.self) else { throw SQLError.closed }
        return try result.get()
    }
}
