internal import Database
internal import EngineNet
internal import Synchronization

/// The threads of a database. They hold its queues, not the database itself.
enum SQLiteWorkers {
    /// Starts the thread that writes.
    static func startWriter(
        _ place: SQLitePlace, _ options: SQLiteOptions, _ queue: JobQueue, _ health: SQLiteHealth
    ) async throws(SQLError) {
        try await start(place, .writer, options, health) { connection in
            let writer = SQLiteWriter(connection: connection)
            var finished = 0
            while true {
                let jobs = queue.take(options.groupLimit, finished: finished)
                guard !jobs.isEmpty else { break }
                writer.perform(jobs) { job, outcome in
                    health.note(outcome)
                    job.caller.resume(returning: outcome)
                }
                finished = jobs.count
            }
            connection.checkpoint()
        }
    }

    /// Starts a thread that reads.
    static func startReader(
        _ place: SQLitePlace, _ options: SQLiteOptions, _ queue: JobQueue, _ health: SQLiteHealth
    ) async throws(SQLError) {
        try await start(place, .reader, options, health) { connection in
            var finished = 0
            while let job = queue.take(1, finished: finished).first {
                if case .commands(let commands) = job.work {
                    job.caller.resume(
                        returning: Result { () throws(SQLError) in
                            try SQLiteWriter.run(commands, on: connection)
                        })
                }
                finished = 1
            }
        }
    }

    /// Starts a thread with a connection of its own, and waits until that is open.
    private static func start(
        _ place: SQLitePlace, _ kind: SQLiteConnection.Kind, _ options: SQLiteOptions, _ health: SQLiteHealth,
        _ body: @escaping @Sendable (SQLiteConnection) -> Void
    ) async throws(SQLError) {
        let result: Result<Void, SQLError> = await withCheckedContinuation { started in
            health.threadStarts(kind)
            let thread = POSIXThread.start {
                defer { health.threadEnded(kind) }
                do throws(SQLError) {
                    let connection = try SQLiteConnection(place, kind, options)
                    started.resume(returning: .success(()))
                    body(connection)
                    connection.close()
                } catch {
                    started.resume(returning: .failure(error))
                }
            }
            if let thread {
                thread.detach()
            } else {
                health.threadEnded(kind)
                started.resume(returning: .failure(.unavailable(reason: "the system has no thread left")))
            }
        }
        try result.get()
    }
}
