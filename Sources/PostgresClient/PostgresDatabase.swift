package import Database
package import EngineNet

/// A database of Postgres: one connection that writes, a few that read, each made again whenever it is lost.
///
/// Statements are prepared once per connection and kept; several are in flight at a time. Those that were not sent wait
/// for a connection, up to `PostgresTiming.queueTimeout`; those that were sent when it ended fail as
/// `SQLError.lost` and are never sent again by itself. Writes are done in the order they were given. Cancelling a
/// task does not cancel its statement: the call ends when that ends.
///
/// Statements that read run in read-only transactions. `BEGIN`, `COPY` and `LISTEN` are not for these connections.
package final class PostgresDatabase: Database {
    package let dialect = SQLDialect.postgres
    private let core: LoopBound<PostgresCore>
    private let inbox: WorkInbox
    private let shared = SharedStatus()
    private let upserts = UpsertTexts()

    /// Begins to connect, and stays connected until `close`.
    /// - Parameter onState: called on the loop at every change.
    package init(
        _ options: PostgresOptions, on loop: EventLoop,
        onState: @escaping @Sendable (PostgresState) -> Void = { _ in }
    ) throws(ConnectionSettings.NotUnderstood) {
        let settings: [Lane: ConnectionSettings] = [
            .writing: try ConnectionSettings(options, for: .writing),
            .reading: try ConnectionSettings(options, for: .reading),
        ]
        let core = LoopBound<PostgresCore>(loop: loop)
        let inbox = WorkInbox(limit: options.limits.pending)
        let shared = shared
        self.core = core
        self.inbox = inbox
        let isTaken = loop.offer {
            let made = PostgresCore(settings, options, on: loop, inbox, shared, onState)
            core.set(made)
            loop.whenStopping { [weak made] in
                inbox.close()
                made?.stop()
            }
            made.start()
        }
        if !isTaken { inbox.close() }
    }

    deinit {
        inbox.close()
        let core = core
        core.loop.execute {
            core.get()?.stop()
            core.set(nil)
        }
    }

    // MARK: Database

    package func read(_ command: SQLCommand) async throws(SQLError) -> SQLRows {
        try await one(command, .reading)
    }

    @discardableResult
    package func write(_ command: SQLCommand) async throws(SQLError) -> SQLRows {
        try await one(command, .writing)
    }

    @discardableResult
    package func transaction(_ commands: [SQLCommand]) async throws(SQLError) -> [SQLRows] {
        guard !commands.isEmpty else { return [] }
        var rows: [SQLRows] = []
        for answer in try await perform(commands.map(Self.statement), .writing) {
            rows.append(try answer.rows())
        }
        return rows
    }

    package func upsert(_ batch: UpsertBatch) async throws(SQLError) {
        guard batch.count > 0 else { return }
        precondition(
            batch.columns.count == batch.table.key.count + batch.table.others.count
                && batch.columns.allSatisfy { $0.count == batch.count },
            "a batch has all columns of its table, all of the same length")
        let statement = WorkUnit.Statement(
            sql: upserts.sql(batch.table, batch.columns),
            values: .encoded(try Parameters(batch.columns)))
        _ = try await perform([statement], .writing)
    }

    package var status: DatabaseStatus {
        var status = shared.status
        status.pending = inbox.pending
        return status
    }

    package func ping() async throws(SQLError) -> Duration {
        let start = ContinuousClock.now
        _ = try await write(SQLCommand("SELECT 1"))
        return .now - start
    }

    package func close() async {
        inbox.close()
        let core = core
        await withCheckedContinuation { continuation in
            let isTaken = core.loop.offer {
                guard let made = core.get() else { return continuation.resume() }
                made.close { continuation.resume() }
            }
            if !isTaken { continuation.resume() }
        }
    }

    // MARK: Units

    private func one(_ command: SQLCommand, _ lane: Lane) async throws(SQLError) -> SQLRows {
        guard let answer = try await perform([Self.statement(command)], lane).first else {
            throw .lost(reason: "an answer is missing")
        }
        return try answer.rows()
    }

    private static func statement(_ command: SQLCommand) -> WorkUnit.Statement {
        WorkUnit.Statement(sql: command.sql, values: .plain(command.values))
    }

    private func perform(_ statements: [WorkUnit.Statement], _ lane: Lane) async throws(SQLError)
        -> [LibpqResult]
    {
        let outcome: WorkUnit.Outcome = await withCheckedContinuation { continuation in
            let unit = WorkUnit(statements: statements, queuedAt: .now) { continuation.resume(returning: $0) }
            switch inbox.add(unit, lane) {
            case .failure(let error): continuation.resume(returning: .failure(error))
            case .success(let mustTell):
                guard mustTell else { return }
                let core = core
                if core.loop.isCurrent, let made = core.get() {
                    made.takeArrivedLater()
                } else {
                    core.loop.execute { core.get()?.takeArrived() }
                }
            }
        }
        return try outcome.get()
    }
}
