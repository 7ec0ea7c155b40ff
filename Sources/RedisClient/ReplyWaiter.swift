internal import Synchronization

/// Hands one result from the loop to a task, or a cancellation.
final class ReplyWaiter: Sendable {
    typealias Outcome = Result<RedisReply, RedisError>

    private enum State {
        case empty
        case waiting(CheckedContinuation<Outcome, Never>)
        case done(Outcome)
    }

    private let state = Mutex(State.empty)

    /// The result, when it is there. To be asked once.
    var result: Outcome {
        get async {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let early: Outcome? = state.withLock { state in
                        if case .done(let outcome) = state { return outcome }
                        state = .waiting(continuation)
                        return nil
                    }
                    if let early { continuation.resume(returning: early) }
                }
            } onCancel: {
                resolve(.failure(.cancelled))
            }
        }
    }

    /// The first result counts.
    func resolve(_ outcome: Outcome) {
        let waiting: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .done: return nil
            case .empty:
                state = .done(outcome)
                return nil
            case .waiting(let continuation):
                state = .done(outcome)
                return continuation
            }
        }
        waiting?.resume(returning: outcome)
    }
}
