/// How rows wait for a database.
package struct WriteBehindOptions: Sendable {
    /// How long the first of a batch waits for others.
    package var window = Duration.milliseconds(10)
    /// So many rows do not wait for the window to pass.
    package var fullBatch = 2_000
    /// Rows of a batch at most. What came while the database was busy goes together: bigger batches cost less a row, in
    /// SQLite 2,000 half of what 500 cost.
    package var largestBatch = 2_000
    /// Rows that wait at most; beyond that the oldest are dropped. A batch under way is not among them.
    package var limit = 40_000
    /// The wait after the first failure; it doubles each time.
    package var firstRetry = Duration.milliseconds(50)
    package var slowestRetry = Duration.seconds(2)
    /// So often in a row a batch may be refused for a reason that says nothing of rows; then it is halved, as if a row
    /// of it were at fault, and one row is given up.
    package var refusals = 5

    package init() {}

    /// The wait before an attempt.
    /// - Parameters:
    ///   - failures: how many there were in a row, from 1.
    ///   - jitter: 0.5 to 1, so that many servers do not come back at once.
    func retryDelay(after failures: Int, jitter: Double) -> Duration {
        let doubled = firstRetry * Double(1 << min(max(failures - 1, 0), 20))
        return min(doubled, slowestRetry) * jitter
    }
}

/// What became of the rows so far.
package struct WriteBehindCounts: Sendable, Hashable {
    /// Rows that wait, or are under way.
    package var queued = 0
    package var added = 0
    /// Rows that were stored.
    package var written = 0
    /// Rows that were replaced by a later one while they waited.
    package var replaced = 0
    /// Rows that were given up: too many waited, or the end came first.
    package var dropped = 0
    /// Rows that the database refused, each for its own fault.
    package var failed = 0
    /// Attempts that were made again.
    package var retried = 0
    package var batches = 0
    /// How long the last batch took that was stored.
    package var lastCommit = Duration.zero

    package init() {}
}
