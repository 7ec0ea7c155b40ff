/// Takes rows from any thread without waiting, and stores them in batches.
///
/// A row that waits is replaced by a later one with its key: of a candle that changes many times in a window only the
/// last state is written. One batch is under way at a time, so that of one key the later row is stored later. What the
/// database cannot take now is kept and tried again; a row that it never takes is told and left out.
package final class WriteBehind: Sendable {
    private let core: WriteBehindCore

    /// - Parameters:
    ///   - badRow: called with a row, as a batch of one, that the database refuses for its own fault.
    ///   - trouble: called when a batch could not be stored now, with the wait before the next attempt.
    package init(
        _ table: KeyedTable, into database: any Database, options: WriteBehindOptions = WriteBehindOptions(),
        badRow: @escaping @Sendable (UpsertBatch, SQLError) -> Void = { _, _ in },
        trouble: @escaping @Sendable (SQLError, Duration) -> Void = { _, _ in }
    ) {
        let core = WriteBehindCore(table, options)
        self.core = core
        let writer = WriteBehindWriter(
            core: core, database: database, options: options, badRow: badRow, trouble: trouble)
        Task { await writer.run() }
    }

    /// What waits is still stored.
    deinit { core.end() }

    /// Adds a row of the table. After `close` it is dropped.
    package func add(_ row: some KeyedRow) { core.add(row) }

    package func add(contentsOf rows: [some KeyedRow]) { core.add(contentsOf: rows) }

    /// Waits until everything added before is stored, or given up.
    package func flush() async { await core.flush() }

    /// Stores what waits, and takes no more.
    /// - Parameter deadline: after that time the rest is given up.
    /// - Returns: how many rows were given up at the end.
    @discardableResult
    package func close(within deadline: Duration) async -> Int { await core.close(within: deadline) }

    package var counts: WriteBehindCounts { core.counts }
}
