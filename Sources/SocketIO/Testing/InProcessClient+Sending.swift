internal import EngineIO
internal import Synchronization

/// What the client sends.
extension InProcessClient {
    /// Sends an event.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Throws: `InProcessError.disconnected`, or `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(_ event: String, _ values: repeat each Value) throws {
        try send(event, EncodedArguments(repeat each values))
    }

    /// Sends a typed event.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    /// - Throws: `InProcessError.disconnected`, or `EncodingError` for what JSON cannot say.
    public func emit<Payload: Encodable & Sendable>(_ event: Event<Payload>, _ payload: Payload) throws {
        try emit(event.name, payload)
    }

    /// Sends an event without arguments.
    /// - Parameter event: the event's name.
    /// - Throws: `InProcessError.disconnected`.
    public func emit(_ event: Event<Void>) throws { try send(event.name, EncodedArguments()) }

    /// Sends an event and waits for the server's answer.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    ///   - timeout: how long the server may take.
    /// - Returns: the arguments of the answer.
    /// - Throws: `InProcessError`, or `EncodingError` for what JSON cannot say.
    public func emitWithAck<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value, timeout: Duration = .seconds(5)
    ) async throws -> EventArguments {
        let answer = Expectation<EventArguments>()
        let id = state.withLock { state in
            state.lastAckID += 1
            state.acks[state.lastAckID] = answer
            return state.lastAckID
        }
        defer { state.withLock { $0.acks[id] = nil } }
        try send(event, EncodedArguments(repeat each values), ackID: id)
        return try await answer.value(within: timeout) { InProcessError.noAnswer(event) }
    }

    /// Sends a typed event and waits for the server's answer.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    ///   - timeout: how long the server may take.
    /// - Returns: the answer.
    /// - Throws: `InProcessError`; `DecodingError` when the answer is of another type; `EncodingError` for what JSON
    ///   cannot say.
    public func emitWithAck<Payload: Encodable & Sendable, Answer: Decodable & Sendable>(
        _ event: Request<Payload, Answer>, _ payload: Payload, timeout: Duration = .seconds(5)
    ) async throws -> Answer {
        try await emitWithAck(event.name, payload, timeout: timeout).decode(Answer.self)
    }

    /// Sends an event without arguments and waits for the server's answer.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - timeout: how long the server may take.
    /// - Returns: the answer.
    /// - Throws: `InProcessError`; `DecodingError` when the answer is of another type.
    public func emitWithAck<Answer: Decodable & Sendable>(
        _ event: Request<Void, Answer>, timeout: Duration = .seconds(5)
    ) async throws -> Answer {
        try await emitWithAck(event.name, timeout: timeout).decode(Answer.self)
    }

    /// Sends a typed event and waits until the server has acknowledged it.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    ///   - timeout: how long the server may take.
    /// - Throws: `InProcessError`, or `EncodingError` for what JSON cannot say.
    public func emitWithAck<Payload: Encodable & Sendable>(
        _ event: Request<Payload, Void>, _ payload: Payload, timeout: Duration = .seconds(5)
    ) async throws {
        _ = try await emitWithAck(event.name, payload, timeout: timeout)
    }

    private func send(_ event: String, _ arguments: EncodedArguments, ackID: Int? = nil) throws {
        try ReservedEventName.check(event)
        switch state.withLock({ $0.phase }) {
        case .joined: break
        case .joining: throw InProcessError.noAnswer("connect")
        case .out(let reason, let details): throw InProcessError.disconnected(reason, details: details)
        }
        guard let session = connection.session else {
            throw InProcessError.disconnected(.transportClose, details: nil)
        }
        let message = connection.writer.event(
            event, arguments, namespace: namespace, id: ackID, EmitOptions())
        session.receiveLocally(message)
    }
}
