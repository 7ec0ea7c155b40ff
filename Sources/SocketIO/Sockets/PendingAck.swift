internal import EngineIO

/// Why an ack did not come.
public enum AckError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The client did not answer in time.
    case timeout
    /// The client has gone.
    case disconnected
    /// Too many acks of this client are pending.
    case tooManyPending

    /// What happened, in words.
    public var description: String {
        switch self {
        case .timeout: "the client did not acknowledge the event in time"
        case .disconnected: "the client disconnected before it acknowledged the event"
        case .tooManyPending: "too many events wait for this client's acks"
        }
    }
}

/// One event's claim to an ack. Touched on the loop only; finished exactly once, by whoever removes it from its table.
final class PendingAck: @unchecked Sendable {
    // Proof of sendability: it is used on the socket's loop.

    private let completion: @Sendable (Result<EventArguments, AckError>) -> Void
    var timer: LoopTimer?

    init(_ completion: @escaping @Sendable (Result<EventArguments, AckError>) -> Void) {
        self.completion = completion
    }

    func finish(_ result: Result<EventArguments, AckError>) {
        timer?.cancel()
        completion(result)
    }
}

extension Socket {
    /// Sends an event and waits for the client's ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    ///   - timeout: how long the client may take; nil for `SocketOptions.ackTimeout`.
    /// - Returns: the arguments of the ack.
    /// - Throws: `AckError`, `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emitWithAck<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value, timeout: Duration? = nil
    ) async throws -> EventArguments {
        try await emitWithAck(
            event, EncodedArguments(repeat each values), EmitOptions(timeout: timeout))
    }

    /// Sends an event with arguments as they came from a client, and waits for the client's ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: its arguments.
    ///   - timeout: how long the client may take; nil for `SocketOptions.ackTimeout`.
    /// - Returns: the arguments of the ack.
    /// - Throws: `AckError`, or `ReservedEventName`.
    public func emitWithAck(
        _ event: String, _ arguments: EventArguments, timeout: Duration? = nil
    ) async throws -> EventArguments {
        try await emitWithAck(event, EncodedArguments(arguments), EmitOptions(timeout: timeout))
    }

    /// Sends an event and calls back with the client's ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    ///   - timeout: how long the client may take; nil for `SocketOptions.ackTimeout`.
    ///   - ack: called once, on the socket's loop.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value, timeout: Duration? = nil,
        ack: @escaping @Sendable (Result<EventArguments, AckError>) -> Void
    ) throws {
        try ReservedEventName.check(event)
        emit(
            event, try EncodedArguments(repeat each values), EmitOptions(timeout: timeout), completion: ack)
    }

    func emitWithAck(
        _ event: String, _ arguments: EncodedArguments, _ options: EmitOptions
    ) async throws -> EventArguments {
        try ReservedEventName.check(event)
        return try await withCheckedThrowingContinuation { continuation in
            emit(event, arguments, options) { continuation.resume(with: $0) }
        }
    }

    /// Sends an event whose name is not reserved.
    private func emit(
        _ event: String, _ arguments: EncodedArguments, _ options: EmitOptions,
        completion: @escaping @Sendable (Result<EventArguments, AckError>) -> Void
    ) {
        let isTaken = shard.loop.offer { [self] in
            let id = namespace.nextAckID()
            guard let ack = awaitAck(id, completion) else { return }
            ack.timer = session.engine.schedule(after: options.timeout ?? client.context.options.ackTimeout) {
                [self] in
                acks.removeValue(forKey: id)?.finish(.failure(.timeout))
            }
            emitHere(event, arguments, options, ackID: id)
        }
        if !isTaken { completion(.failure(.disconnected)) }
    }

    /// Keeps what waits for an ack; nil if it failed at once. On the loop.
    @discardableResult
    func awaitAck(
        _ id: Int, _ completion: @escaping @Sendable (Result<EventArguments, AckError>) -> Void
    ) -> PendingAck? {
        guard isConnected || isConnecting else {
            completion(.failure(.disconnected))
            return nil
        }
        guard acks.count < client.context.options.maxPendingAcks else {
            completion(.failure(.tooManyPending))
            return nil
        }
        let ack = PendingAck(completion)
        acks[id] = ack
        return ack
    }
}
