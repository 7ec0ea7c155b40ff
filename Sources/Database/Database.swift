/// A database of SQL: what features of a server store in, Postgres or SQLite alike.
///
/// There is no transaction that stays open between two calls, so that no caller can hold one while it waits for
/// something else: what must be done together is given together. Every call may come from any task; none blocks a
/// thread of the caller. Every queue has a bound, and every wait an end.
package protocol Database: Sendable {
    var dialect: SQLDialect { get }

    /// Reads, beside the writer: what was written before this call is seen.
    func read(_ command: SQLCommand) async throws(SQLError) -> SQLRows

    /// Does one statement that changes rows.
    @discardableResult
    func write(_ command: SQLCommand) async throws(SQLError) -> SQLRows

    /// Does several statements, all or none of them, in one transaction.
    /// - Returns: what each returned.
    @discardableResult
    func transaction(_ commands: [SQLCommand]) async throws(SQLError) -> [SQLRows]

    /// Inserts or replaces rows, all or none of them.
    ///
    /// Two rows of a batch must not have the same key.
    func upsert(_ batch: UpsertBatch) async throws(SQLError)

    /// How it stands.
    var status: DatabaseStatus { get }

    /// Asks the database for an answer.
    /// - Returns: how long that took, the wait in the queue included.
    func ping() async throws(SQLError) -> Duration

    /// Ends the connections when what was given before is done; every later call fails with `SQLError.closed`.
    func close() async
}

/// How a database stands, for `/health` and the metrics.
package struct DatabaseStatus: Sendable, Hashable {
    /// Whether statements are being done.
    package var isConnected: Bool
    /// Why not, when not.
    package var reason: String?
    /// Statements that wait or are being done.
    package var pending: Int
    /// How many connections were made in all.
    package var connects: Int

    package init(isConnected: Bool, reason: String? = nil, pending: Int = 0, connects: Int = 0) {
        self.isConnected = isConnected
        self.reason = reason
        self.pending = pending
        self.connects = connects
    }
}
