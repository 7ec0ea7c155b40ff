internal import Synchronization

/// Answers of other servers, until all are there or the time is over. For any thread.
final class ClusterQuery<Answer: Sendable>: Sendable {
    private struct State {
        var answers: [Answer] = []
        var expected: Int?
        var continuation: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func add(_ answer: Answer) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.answers.append(answer)
            guard let expected = state.expected, state.answers.count >= expected else { return nil }
            return exchange(&state.continuation, with: nil)
        }?.resume()
    }

    /// Waits for the answers.
    /// - Throws: `ClusterError.timeout`.
    func answers(of expected: Int, within time: Duration) async throws -> [Answer] {
        let timer = Task {
            try await Task.sleep(for: time)
            state.withLock { exchange(&$0.continuation, with: nil) }?.resume()
        }
        await withCheckedContinuation { continuation in
            let isComplete = state.withLock { state in
                state.expected = expected
                let isComplete = state.answers.count >= expected
                if !isComplete { state.continuation = continuation }
                return isComplete
            }
            if isComplete { continuation.resume() }
        }
        timer.cancel()
        let answers = state.withLock { $0.answers }
        guard answers.count >= expected else {
            throw ClusterError.timeout(answered: answers.count, expected: expected)
        }
        return answers
    }
}
