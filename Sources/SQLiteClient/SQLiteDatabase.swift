package import Database

/// A database in a file, or in memory: one thread writes, others read beside it.
///
/// Writes that come while the writer is busy share one commit, so many small ones are cheap. Reads see what was
/// committed before they were called. SQLite gives moments back as `.integer` and documents as `.text`: `SQLRow` reads
/// both forms.
///
/// A statement of a caller must not begin or end a transaction, nor attach another file.
package final class SQLiteDatabase: Database {
    package let dialect = SQLDialect.sqlite
    private let writes: JobQueue
    /// Nil for a database in memory, which has one connection only.
    private let reads: JobQueue?
    private let health = SQLiteHealth()

    /// Opens a database, and makes its file if there is none.
    package init(_ place: SQLitePlace, options: SQLiteOptions = SQLiteOptions()) async throws(SQLError) {
        writes = JobQueue(limit: options.queueLimit)
        let readers = place == .memory ? 0 : max(0, options.readers)
        reads = readers > 0 ? JobQueue(limit: options.queueLimit) : nil
        try await SQLiteWorkers.startWriter(place, options, writes, health)
        guard let reads else { return }
        for _ in 0..<readers {
            do throws(SQLError) {
                try await SQLiteWorkers.startReader(place, options, reads, health)
            } catch {
                await close()
                throw error
            }
        }
    }

    deinit {
        let (writes, reads, health) = (writes, reads, health)
        Task { await Self.close(writes, reads, health) }
    }

    package func read(_ command: SQLCommand) async throws(SQLError) -> SQLRows {
        try await Self.do(.commands([command]), reads ?? writes)[0]
    }

    @discardableResult
    package func write(_ command: SQLCommand) async throws(SQLError) -> SQLRows {
        try await Self.do(.commands([command]), writes)[0]
    }

    @discardableResult
    package func transaction(_ commands: [SQLCommand]) async throws(SQLError) -> [SQLRows] {
        guard !commands.isEmpty else { return [] }
        return try await Self.do(.commands(commands), writes)
    }

    package func upsert(_ batch: UpsertBatch) async throws(SQLError) {
        guard batch.count > 0 else { return }
        _ = try await Self.do(.upsert(batch), writes)
    }

    package var status: DatabaseStatus {
        health.status(pending: writes.count + (reads?.count ?? 0))
    }

    package func ping() async throws(SQLError) -> Duration {
        let start = ContinuousClock.now
        // Looks into the file: a constant would be answered without it.
        try await write(SQLCommand("SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)"))
        return .now - start
    }

    /// Waits until everything given before is done, brings the log into the file, and ends the threads.
    package func close() async {
        health.setClosed()
        await Self.close(writes, reads, health)
    }

    private static func close(_ writes: JobQueue, _ reads: JobQueue?, _ health: SQLiteHealth) async {
        // The readers first: who closes last makes the log short, and they cannot.
        reads?.close()
        await health.ended(.reader)
        writes.close()
        await health.ended(.writer)
    }

    /// Changes the schema on the connection that writes: the only way to one that is in memory.
    ///
    /// Everything else waits meanwhile. `body` runs on the database's thread.
    @discardableResult
    package func migrate<Value: Sendable>(
        _ body: @escaping @Sendable (any MigrationConnection) throws -> Value
    ) async throws -> Value {
        let result = Handover<Value>()
        _ = try await Self.do(
            .anything { connection in
                result.set(Result { try body(LentMigrationConnection(connection)) })
            }, writes)
        return try result.take()
    }

    private static func `do`(_ work: SQLiteJob.Work, _ queue: JobQueue) async throws(SQLError) -> [SQLRows] {
        let outcome: SQLiteJob.Outcome = await withCheckedContinuation { caller in
            queue.add(SQLiteJob(work: work, caller: caller))
        }
        return try outcome.get()
    }
}
