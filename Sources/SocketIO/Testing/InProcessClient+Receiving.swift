internal import Synchronization

/// What the client gets.
extension InProcessClient {
    /// The events so far in their order, whether `next` gave them away or not; of a great many the last 10,000 or more.
    public var received: [InProcessEvent] {
        state.withLock { $0.inbox.all }.map { InProcessEvent($0, of: self) }
    }

    /// Waits for the next event of a name. Each event is given away once; those of other names stay for later.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - time: how long at most.
    /// - Returns: its arguments.
    /// - Throws: `InProcessError.noEvent`, `InProcessError.disconnected`.
    public func next(_ event: String, within time: Duration = .seconds(5)) async throws -> EventArguments {
        try await take(event, within: time).arguments
    }

    /// Waits for the next event of a name, and reads its arguments: `next("chat", String.self, Int.self)`.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - types: what its arguments are.
    ///   - time: how long at most.
    /// - Returns: the arguments.
    /// - Throws: `InProcessError.noEvent`, `InProcessError.disconnected`; `DecodingError` when the arguments are of
    ///   other types.
    public func next<each Argument: Decodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type, within time: Duration = .seconds(5)
    ) async throws -> (repeat each Argument) {
        var reader = ArgumentReader(arguments: try await take(event, within: time).arguments)
        return (repeat try reader.next((each Argument).self))
    }

    /// Waits for the next event of a typed name.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - time: how long at most.
    /// - Returns: what it carries.
    /// - Throws: `InProcessError.noEvent`, `InProcessError.disconnected`; `DecodingError` when it carries something else.
    public func next<Payload: Decodable & Sendable>(
        _ event: Event<Payload>, within time: Duration = .seconds(5)
    ) async throws -> Payload {
        try await next(event.name, Payload.self, within: time)
    }

    /// Waits for the next event of a name without arguments.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - time: how long at most.
    /// - Throws: `InProcessError.noEvent`, `InProcessError.disconnected`.
    public func next(_ event: Event<Void>, within time: Duration = .seconds(5)) async throws {
        _ = try await take(event.name, within: time)
    }

    /// Waits for the next event whole: to answer it, or to see which it is.
    /// - Parameters:
    ///   - event: the event's name; nil for any.
    ///   - time: how long at most.
    /// - Throws: `InProcessError.noEvent`, `InProcessError.disconnected`.
    public func nextEvent(
        _ event: String? = nil, within time: Duration = .seconds(5)
    ) async throws -> InProcessEvent {
        InProcessEvent(try await take(event, within: time), of: self)
    }

    private func take(_ name: String?, within time: Duration) async throws -> KeptEvent {
        let event = Expectation<KeptEvent>()
        state.withLock { state in
            if let kept = state.inbox.take(name) {
                event.finish(.success(kept))
            } else if case .out(let reason, let details) = state.phase {
                event.finish(.failure(InProcessError.disconnected(reason, details: details)))
            } else {
                state.waiting.append((name, event))
            }
        }
        defer { state.withLock { $0.waiting.removeAll { $0.event === event } } }
        return try await event.value(within: time) { [self] in
            InProcessError.noEvent(name, unread: state.withLock { $0.inbox.unread })
        }
    }

    // MARK: Answering

    /// Answers events of a name from now on, where the server waits for an answer: those that it sends with
    /// `emitWithAck`. An event that `handler` throws for stays without an answer. `next` has the events all the same.
    /// - Parameters:
    ///   - event: the event's name. A later call for it takes the place of this one.
    ///   - handler: makes the answer of the event's arguments; must not block.
    public func answer<Reply: Encodable & Sendable>(
        _ event: String, _ handler: @escaping @Sendable (EventArguments) throws -> Reply
    ) {
        state.withLock { $0.answers[event] = { try EncodedArguments(try handler($0)) } }
    }

    /// Answers events of a name with arguments of types: `answer("add", Int.self, Int.self) { $0 + $1 }`.
    /// - Parameters:
    ///   - event: the event's name. A later call for it takes the place of this one.
    ///   - types: what its arguments are.
    ///   - handler: makes the answer of the event's arguments; must not block.
    public func answer<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type,
        handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) {
        answer(event) { arguments in
            var reader = ArgumentReader(arguments: arguments)
            return try handler(repeat try reader.next((each Argument).self))
        }
    }

    /// Answers events of a typed name.
    /// - Parameters:
    ///   - event: the event's name. A later call for it takes the place of this one.
    ///   - handler: makes the answer of what the event carries; must not block.
    public func answer<Payload: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: Request<Payload, Reply>, _ handler: @escaping @Sendable (Payload) throws -> Reply
    ) {
        answer(event.name) { arguments in try handler(arguments.decode(Payload.self)) }
    }

    /// Answers events of a typed name that carry nothing.
    /// - Parameters:
    ///   - event: the event's name. A later call for it takes the place of this one.
    ///   - handler: makes the answer; must not block.
    public func answer<Reply: Encodable & Sendable>(
        _ event: Request<Void, Reply>, _ handler: @escaping @Sendable () throws -> Reply
    ) {
        answer(event.name) { (_: EventArguments) in try handler() }
    }
}
