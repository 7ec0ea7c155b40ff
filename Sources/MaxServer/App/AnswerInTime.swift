/// Nobody has answered in the time that was given.
struct NoAnswer: Error, Equatable, CustomStringConvertible {
    /// Who was asked.
    var who: String
    var patience: Duration

    var description: String { "\(who) has not answered in \(patience)" }
}

/// Asks somebody, and waits for the answer only so long.
///
/// It returns in time whatever the call does. A call that is late is cancelled, and what it still comes to is for
/// nobody; so it is when the task that waits is cancelled.
/// - Parameter who: who is asked, for the error.
/// - Throws: what the call throws, `NoAnswer`, or `CancellationError`.
func answer<Value: Sendable>(
    of who: String, within patience: Duration, _ call: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    // No task group: it would wait for a call that cannot be cancelled.
    let (outcomes, outcome) = AsyncStream.makeStream(of: Result<Value, any Error>.self)
    let asking = Task {
        do { outcome.yield(.success(try await call())) } catch { outcome.yield(.failure(error)) }
    }
    let waiting = Task {
        // The deadline itself; cancelled as soon as there is an answer.
        try await Task.sleep(for: patience)
        outcome.yield(.failure(NoAnswer(who: who, patience: patience)))
    }
    defer {
        asking.cancel()
        waiting.cancel()
    }
    for await first in outcomes { return try first.get() }
    throw CancellationError()
}
