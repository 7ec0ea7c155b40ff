/// Stores the rows of a `WriteBehind`, batch after batch.
struct WriteBehindWriter: Sendable {
    let core: WriteBehindCore
    let database: any Database
    let options: WriteBehindOptions
    let badRow: @Sendable (UpsertBatch, SQLError) -> Void
    let trouble: @Sendable (SQLError, Duration) -> Void

    func run() async {
        while true {
            await core.wait(for: .row)
            await core.wait(for: .fullBatch, atMost: options.window)
            guard let batch = core.take(), await store(batch) else { break }
        }
        core.finish()
    }

    /// Stores a batch, in halves of halves where a row of it is at fault.
    /// - Returns: false when no more can be stored.
    private func store(_ batch: UpsertBatch) async -> Bool {
        var parts = [batch]
        // Failures in a row; and those among the last ones that were refusals of this part.
        var (failures, refusals) = (0, 0)
        while let part = parts.popLast() {
            if core.isGivingUp { return false }
            let start = ContinuousClock.now
            do throws(SQLError) {
                try await database.upsert(part)
                (failures, refusals) = (0, 0)
                core.finish(part.count) { counts in
                    counts.written += part.count
                    counts.batches += 1
                    counts.lastCommit = .now - start
                }
            } catch .closed {
                return false
            } catch {
                if case .refused = error, !error.isFaultOfSchema { refusals += 1 } else { refusals = 0 }
                if error.isFaultOfRow || refusals >= options.refusals {
                    (failures, refusals) = (0, 0)
                    parts += leaveOut(part, error)
                    continue
                }
                // Not the rows' fault, e.g. no connection, or no room on the disk: it may be over later.
                failures += 1
                let delay = options.retryDelay(after: failures, jitter: .random(in: 0.5...1))
                core.note { $0.retried += 1 }
                trouble(error, delay)
                await core.wait(for: .giveUp, atMost: delay)
                parts.append(part)
            }
        }
        return true
    }

    /// Halves a part of which a row is at fault, or gives up the row that is.
    /// - Returns: what is to be stored then, the last one first.
    private func leaveOut(_ part: UpsertBatch, _ error: SQLError) -> [UpsertBatch] {
        guard part.count > 1 else {
            core.finish(1) { $0.failed += 1 }
            badRow(part, error)
            return []
        }
        let middle = part.count / 2
        return [part.rows(middle..<part.count), part.rows(0..<middle)]
    }
}
