/// Events that are answered, whose names know what they carry and what the answer is.
extension Socket {
    // MARK: The server asks

    /// Sends a typed event and waits for the client's answer.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    ///   - timeout: how long the client may take; nil for `SocketOptions.ackTimeout`.
    /// - Returns: the answer.
    /// - Throws: `AckError`; `DecodingError` when the answer is of another type; `EncodingError` for what JSON cannot
    ///   say.
    public func emitWithAck<Payload: Encodable & Sendable, Answer: Decodable & Sendable>(
        _ event: Request<Payload, Answer>, _ payload: Payload, timeout: Duration? = nil
    ) async throws -> Answer {
        try await emitWithAck(event.name, payload, timeout: timeout).decode(Answer.self)
    }

    /// Sends an event without arguments and waits for the client's answer.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - timeout: how long the client may take; nil for `SocketOptions.ackTimeout`.
    /// - Returns: the answer.
    /// - Throws: `AckError`; `DecodingError` when the answer is of another type; `ReservedEventName`.
    public func emitWithAck<Answer: Decodable & Sendable>(
        _ event: Request<Void, Answer>, timeout: Duration? = nil
    ) async throws -> Answer {
        try await emitWithAck(event.name, timeout: timeout).decode(Answer.self)
    }

    /// Sends a typed event and waits until the client has acknowledged it.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    ///   - timeout: how long the client may take; nil for `SocketOptions.ackTimeout`.
    /// - Throws: `AckError`, `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emitWithAck<Payload: Encodable & Sendable>(
        _ event: Request<Payload, Void>, _ payload: Payload, timeout: Duration? = nil
    ) async throws {
        _ = try await emitWithAck(event.name, payload, timeout: timeout)
    }

    // MARK: The server answers

    /// Calls back for each event of this name; what the handler returns is the ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<Payload: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ event: Request<Payload, Answer>, _ handler: @escaping @Sendable (Payload) throws -> Answer
    ) -> Listener {
        add(event.name, .answering(handler))
    }

    /// Calls back for each event of this name; what the handler returns is the ack. The next event waits until the
    /// handler has returned.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<Payload: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ event: Request<Payload, Answer>,
        _ handler: @escaping @concurrent @Sendable (Payload) async throws -> Answer
    ) -> Listener {
        add(event.name, .answering(handler))
    }

    /// Calls back for each event of this name; what the handler returns is the ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<Answer: Encodable & Sendable>(
        _ event: Request<Void, Answer>, _ handler: @escaping @Sendable () throws -> Answer
    ) -> Listener {
        add(event.name, .replying { _ in try handler() })
    }

    /// Calls back for each event of this name; what the handler returns is the ack. The next event waits until the
    /// handler has returned.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<Answer: Encodable & Sendable>(
        _ event: Request<Void, Answer>, _ handler: @escaping @Sendable () async throws -> Answer
    ) -> Listener {
        add(event.name, .replying { _ in try await handler() })
    }

    /// Calls back for each event of this name, and acknowledges it without arguments when the handler has returned.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<Payload: Decodable & Sendable>(
        _ event: Request<Payload, Void>, _ handler: @escaping @Sendable (Payload) throws -> Void
    ) -> Listener {
        add(
            event.name,
            .sync { event in
                try handler(event.arguments.decode(Payload.self))
                try event.ack?.send()
            })
    }

    /// Calls back for each event of this name, and acknowledges it without arguments when the handler has returned. The
    /// next event waits until then.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<Payload: Decodable & Sendable>(
        _ event: Request<Payload, Void>, _ handler: @escaping @Sendable (Payload) async throws -> Void
    ) -> Listener {
        add(
            event.name,
            .async { event in
                try await handler(event.arguments.decode(Payload.self))
                try event.ack?.send()
            })
    }
}

extension SocketEmitter {
    /// Sends a typed event and waits for the client's answer.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    /// - Returns: the answer.
    /// - Throws: `AckError`; `DecodingError` when the answer is of another type; `EncodingError` for what JSON cannot
    ///   say.
    public func emitWithAck<Payload: Encodable & Sendable, Answer: Decodable & Sendable>(
        _ event: Request<Payload, Answer>, _ payload: Payload
    ) async throws -> Answer {
        try await emitWithAck(event.name, payload).decode(Answer.self)
    }
}

extension Broadcast {
    /// Sends a typed event and waits for everyone's answer.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    /// - Returns: the answers, in the order in which they came. Whose they are, `emitWithAck` of the plain name tells.
    /// - Throws: `IncompleteReplies`; `DecodingError` when an answer is of another type; `EncodingError` for what JSON
    ///   cannot say.
    public func emitWithAck<Payload: Encodable & Sendable, Answer: Decodable & Sendable>(
        _ event: Request<Payload, Answer>, _ payload: Payload
    ) async throws -> [Answer] {
        try await emitWithAck(event.name, payload).map { try $0.arguments.decode(Answer.self) }
    }
}

extension BroadcastSource {
    /// Sends a typed event to everyone and waits for everyone's answer.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    /// - Returns: the answers, in the order in which they came. Whose they are, `emitWithAck` of the plain name tells.
    /// - Throws: `IncompleteReplies`; `DecodingError` when an answer is of another type; `EncodingError` for what JSON
    ///   cannot say.
    public func emitWithAck<Payload: Encodable & Sendable, Answer: Decodable & Sendable>(
        _ event: Request<Payload, Answer>, _ payload: Payload
    ) async throws -> [Answer] {
        try await everyone.emitWithAck(event, payload)
    }
}
