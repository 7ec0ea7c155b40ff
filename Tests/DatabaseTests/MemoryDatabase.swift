import Database
import TestSupport

/// A database that holds rows of one table in memory, and fails as a test says.
actor MemoryDatabase: Database {
    nonisolated let dialect = SQLDialect.sqlite
    /// The newest value of each key.
    private(set) var rows: [String: Int64] = [:]
    /// The keys of each batch that was stored.
    private(set) var batches: [[String]] = []
    /// Errors that come before the next calls go through.
    private var failures: [SQLError] = []
    /// Keys of rows that are never taken.
    private var badKeys: Set<String> = []
    private var refusal: SQLError?
    private(set) var calls = 0
    private var gate: Gate?

    func fail(_ errors: SQLError...) { failures = errors }
    /// - Parameter error: nil for a bad value.
    func refuse(_ keys: Set<String>, as error: SQLError? = nil) { (badKeys, refusal) = (keys, error) }
    /// From now on calls wait until the gate is open.
    func freeze(_ gate: Gate) { self.gate = gate }

    func upsert(_ batch: UpsertBatch) async throws(SQLError) {
        calls += 1
        await gate?.pass()
        if !failures.isEmpty { throw failures.removeFirst() }
        guard case .text(let keys) = batch.columns[0], case .integer(let values) = batch.columns[1] else {
            throw .refused(code: "", message: "other columns")
        }
        if let bad = keys.first(where: badKeys.contains) { throw refusal ?? .badValue(message: bad) }
        for (key, value) in zip(keys, values) { rows[key] = value }
        batches.append(keys)
    }

    func read(_ command: SQLCommand) async throws(SQLError) -> SQLRows { throw .closed }
    func write(_ command: SQLCommand) async throws(SQLError) -> SQLRows { throw .closed }
    func transaction(_ commands: [SQLCommand]) async throws(SQLError) -> [SQLRows] { throw .closed }
    nonisolated var status: DatabaseStatus { DatabaseStatus(isConnected: true) }
    func ping() async throws(SQLError) -> Duration { .zero }
    func close() async {}
}

/// A row of that table.
struct Counter: KeyedRow, Hashable {
    static let table = KeyedTable("counters", key: ["name": .text], others: ["value": .integer])

    var name: String
    var value: Int64

    init(_ name: String, _ value: Int64 = 0) {
        self.name = name
        self.value = value
    }

    func append(to row: inout RowWriter) {
        row.add(name)
        row.add(value)
    }
}

extension WriteBehindOptions {
    /// Short times.
    static var quick: WriteBehindOptions {
        var options = WriteBehindOptions()
        options.window = .milliseconds(1)
        options.firstRetry = .milliseconds(1)
        options.slowestRetry = .milliseconds(4)
        return options
    }

    /// Waits until someone hurries, or a batch is full.
    static var patient: WriteBehindOptions {
        var options = quick
        options.window = .seconds(3_600)
        return options
    }
}
