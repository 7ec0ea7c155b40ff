internal import Database

/// Does the jobs of the thread that writes: those that came while it was busy share one commit, which is what costs.
///
/// Each stands and falls alone nevertheless. Nobody hears of a success before the commit.
struct SQLiteWriter {
    let connection: SQLiteConnection

    /// - Parameter told: how each ended, in order.
    func perform(_ jobs: [SQLiteJob], _ told: (SQLiteJob, SQLiteJob.Outcome) -> Void) {
        var rest = jobs[...]
        while let job = rest.first {
            if case .anything(let body) = job.work {
                body(connection)
                connection.rollBack()
                told(job, .success([]))
                rest.removeFirst()
                continue
            }
            let group = rest.prefix { if case .anything = $0.work { false } else { true } }
            rest = rest.dropFirst(group.count)
            let together = group.count > 1 ? self.together(group) : nil
            for (index, job) in group.enumerated() { told(job, together?[index] ?? alone(job)) }
        }
    }

    /// One job in a transaction of its own.
    private func alone(_ job: SQLiteJob) -> SQLiteJob.Outcome {
        do throws(SQLError) {
            try connection.run(.begin)
            let rows = try work(job)
            try connection.run(.commit)
            return .success(rows)
        } catch {
            connection.rollBack()
            return .failure(error)
        }
    }

    /// Several jobs in one transaction.
    /// - Returns: nil when it came to nothing as a whole, so that each has to be done alone.
    private func together(_ jobs: ArraySlice<SQLiteJob>) -> [SQLiteJob.Outcome]? {
        do throws(SQLError) {
            try connection.run(.begin)
            var outcomes: [SQLiteJob.Outcome] = []
            for job in jobs {
                outcomes.append(try step(job))
                // A full disk, for example: SQLite has undone all of them.
                guard connection.isInTransaction else { return nil }
            }
            try connection.run(.commit)
            return outcomes
        } catch {
            connection.rollBack()
            // Who holds the database now would make each of them wait for as long again.
            if case .conflict = error { return jobs.map { _ in .failure(error) } }
            return nil
        }
    }

    /// One job of several; what it did is undone if it fails.
    private func step(_ job: SQLiteJob) throws(SQLError) -> SQLiteJob.Outcome {
        // One statement is undone by SQLite itself.
        if case .commands(let commands) = job.work, commands.count == 1 {
            return Result { () throws(SQLError) in try work(job) }
        }
        try connection.run(.mark)
        let outcome = Result { () throws(SQLError) in try work(job) }
        if connection.isInTransaction {
            if case .failure = outcome { try connection.run(.undoToMark) }
            try connection.run(.removeMark)
        }
        return outcome
    }

    private func work(_ job: SQLiteJob) throws(SQLError) -> [SQLRows] {
        switch job.work {
        case .commands(let commands): return try Self.run(commands, on: connection)
        case .upsert(let batch):
            try connection.upsert(batch)
            return []
        case .anything: return []
        }
    }

    static func run(_ commands: [SQLCommand], on connection: SQLiteConnection) throws(SQLError) -> [SQLRows] {
        var results: [SQLRows] = []
        for command in commands { results.append(try connection.run(command)) }
        return results
    }
}
