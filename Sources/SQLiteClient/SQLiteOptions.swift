/// How a database of SQLite is used.
package struct SQLiteOptions: Sendable {
    /// What a commit waits for.
    package enum Durability: String, Sendable {
        /// Nothing: the last commits may be lost when the power fails, never when the process ends. The database stays
        /// whole in any case.
        case normal = "NORMAL"
        /// The disk.
        case full = "FULL"
    }

    package var durability = Durability.normal
    /// Connections that read, each a thread. What is in memory is read by the writer.
    package var readers = 2
    /// Calls that wait for the writer, and as many for the readers; more are refused as `SQLError.overloaded`.
    package var queueLimit = 10_000
    /// Calls that share a commit at most.
    package var groupLimit = 256
    /// How long another process may hold the database before a call ends as `SQLError.conflict`.
    package var busyTimeout = Duration.seconds(5)
    /// How long one statement may take, or one batch of rows.
    package var statementTimeout = Duration.seconds(30)
    /// Rows that one statement may return.
    package var rowLimit = 1_000_000
    /// Prepared statements that a connection keeps.
    package var statementLimit = 128

    package init() {}
}

/// Where a database of SQLite is.
package enum SQLitePlace: Sendable, Hashable {
    /// A file; made if it is not there.
    case file(String)
    /// The memory of this process, for as long as the database is open.
    case memory
}
