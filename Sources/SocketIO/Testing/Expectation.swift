internal import Synchronization

/// One value that another thread will bring, for one who waits for it. The first outcome counts.
final class Expectation<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, any Error>)
        case finished(Result<Value, any Error>)
    }

    private let state = Mutex(State.open)

    /// Brings the value, or what was in its way.
    /// - Returns: false if there was an outcome before.
    @discardableResult
    func finish(_ result: Result<Value, any Error>) -> Bool {
        let (isFirst, waiter) = state.withLock {
            state -> (Bool, CheckedContinuation<Value, any Error>?) in
            switch state {
            case .finished: return (false, nil)
            case .open:
                state = .finished(result)
                return (true, nil)
            case .awaited(let waiter):
                state = .finished(result)
                return (true, waiter)
            }
        }
        waiter?.resume(with: result)
        return isFirst
    }

    /// Waits for the value. To be called once.
    /// - Parameters:
    ///   - time: how long at most.
    ///   - failure: what is thrown when it did not come.
    /// - Throws: `CancellationError` when the task is cancelled; `failure`; what was in the way.
    func value(within time: Duration, orThrow failure: @escaping @Sendable () -> any Error) async throws
        -> Value
    {
        let alarm = Task {
            do { try await Task.sleep(for: time) } catch { return }
            self.finish(.failure(failure()))
        }
        defer { alarm.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = state.withLock { state -> Result<Value, any Error>? in
                    if case .finished(let result) = state { return result }
                    state = .awaited(continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            finish(.failure(CancellationError()))
        }
    }
}
