internal import EngineIO

/// Why an ack did not come.
public enum AckError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The client did not answer in time.
    case timeout
    /// The client has gone.
    case disconnected
    /// Too many acks of this client are pending.
    case tooManyPending

    public var description: String {
        switch self {
        case .timeout: "the client did not acknowledge the event in time"
        case .disconnected: "the client disconnected before it acknowledged the event"
        case .tooManyPending: "too many events wait for this client's acks"
        }
    }
}

/// One event's claim to an ack. Touched on the loop only; resumed exactly once, by whoever removes it from its table.
final class PendingAck: @unchecked Sendable {
    // Proof of sendability: it is made and used on the socket's loop.

    private let continuation: CheckedContinuation<EventArguments, any Error>
    var timer: LoopTimer?

    init(_ continuation: CheckedContinuation<EventArguments, any Error>) { self.continuation = continuation }

    func succeed(_ arguments: EventArguments) {
        timer?.cancel()
        continuation.resume(returning: arguments)
    }

    func fail(_ error: AckError) {
        timer?.cancel()
        continuation.resume(throwing: error)
    }
}

extension Socket {
    /// Sends an event and waits for the client's ack.
    /// - Throws: `AckError`, or `EncodingError` for what JSON cannot say.
    public func emitWithAck<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value, timeout: Duration = .seconds(10)
    ) async throws -> EventArguments {
        try await emitWithAck(event, EncodedArguments(repeat each values), timeout: timeout)
    }

    /// Sends an event with arguments as they came from a client, and waits for the client's ack.
    /// - Throws: `AckError`.
    public func emitWithAck(
        _ event: String, _ arguments: EventArguments, timeout: Duration = .seconds(10)
    ) async throws -> EventArguments {
        try await emitWithAck(event, EncodedArguments(arguments), timeout: timeout)
    }

    private func emitWithAck(
        _ event: String, _ arguments: EncodedArguments, timeout: Duration
    ) async throws -> EventArguments {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = session.engine.handle.offer {
                self.emit(event, arguments, awaiting: PendingAck(continuation), timeout: timeout)
            }
            if !isTaken { continuation.resume(throwing: AckError.disconnected) }
        }
    }
}
