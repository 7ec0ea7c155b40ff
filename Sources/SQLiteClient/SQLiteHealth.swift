internal import Database
internal import Synchronization

/// How the threads of a database do, for any thread.
final class SQLiteHealth: Sendable {
    private struct State {
        var trouble: String?
        var isClosed = false
        var readers = 0
        var writers = 0
        var waiting: [(SQLiteConnection.Kind, CheckedContinuation<Void, Never>)] = []

        func count(_ kind: SQLiteConnection.Kind) -> Int { kind == .reader ? readers : writers }
    }

    private let state = Mutex(State())

    /// How a job ended tells whether the disk is well.
    func note(_ outcome: SQLiteJob.Outcome) {
        switch outcome {
        case .success: state.withLock { if $0.trouble != nil { $0.trouble = nil } }
        case .failure(let error):
            guard SQLiteFault.isTrouble(error) else { return }
            state.withLock { $0.trouble = "\(error)" }
        }
    }

    func setClosed() { state.withLock { $0.isClosed = true } }

    func status(pending: Int) -> DatabaseStatus {
        state.withLock { state in
            DatabaseStatus(
                isConnected: !state.isClosed && state.trouble == nil,
                reason: state.isClosed ? "the database was closed" : state.trouble, pending: pending,
                connects: 1)
        }
    }

    func threadStarts(_ kind: SQLiteConnection.Kind) {
        state.withLock { if kind == .reader { $0.readers += 1 } else { $0.writers += 1 } }
    }

    func threadEnded(_ kind: SQLiteConnection.Kind) {
        let done = state.withLock { state in
            if kind == .reader { state.readers -= 1 } else { state.writers -= 1 }
            guard state.count(kind) == 0 else { return [] as [CheckedContinuation<Void, Never>] }
            defer { state.waiting.removeAll { $0.0 == kind } }
            return state.waiting.filter { $0.0 == kind }.map(\.1)
        }
        for waiting in done { waiting.resume() }
    }

    /// Waits until the threads of a kind have ended.
    func ended(_ kind: SQLiteConnection.Kind) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                guard state.count(kind) > 0 else { return true }
                state.waiting.append((kind, continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}
