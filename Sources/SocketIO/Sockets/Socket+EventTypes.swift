/// Events whose names know what they carry.
extension Socket {
    /// Sends a typed event.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emit<Payload: Encodable & Sendable>(_ event: Event<Payload>, _ payload: Payload) throws {
        try emit(event.name, payload)
    }

    /// Sends an event without arguments. Of a reserved name nothing but `onError` of the server hears.
    /// - Parameter event: the event's name.
    public func emit(_ event: Event<Void>) { emitOrReport(event.name, EncodedArguments()) }

    /// Calls back for each event of this name.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<Payload: Decodable & Sendable>(
        _ event: Event<Payload>, _ handler: @escaping @Sendable (Payload) throws -> Void
    ) -> Listener {
        add(event.name, .typed(handler))
    }

    /// Calls back for each event of this name. The next event waits until the handler has returned.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<Payload: Decodable & Sendable>(
        _ event: Event<Payload>, _ handler: @escaping @concurrent @Sendable (Payload) async throws -> Void
    ) -> Listener {
        add(event.name, .typed(handler))
    }

    /// Calls back for each event of this name.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on(_ event: Event<Void>, _ handler: @escaping @Sendable () throws -> Void) -> Listener {
        add(event.name, .sync { _ in try handler() })
    }

    /// Calls back for each event of this name. The next event waits until the handler has returned.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on(_ event: Event<Void>, _ handler: @escaping @Sendable () async throws -> Void) -> Listener {
        add(event.name, .async { _ in try await handler() })
    }

    /// Calls back for the next event of this name, and for no other.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func once<Payload: Decodable & Sendable>(
        _ event: Event<Payload>, _ handler: @escaping @Sendable (Payload) throws -> Void
    ) -> Listener {
        add(event.name, .typed(handler), once: true)
    }

    /// Calls back for the next event of this name, and for no other.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func once<Payload: Decodable & Sendable>(
        _ event: Event<Payload>, _ handler: @escaping @concurrent @Sendable (Payload) async throws -> Void
    ) -> Listener {
        add(event.name, .typed(handler), once: true)
    }

    /// Calls back for the next event of this name, and for no other.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func once(_ event: Event<Void>, _ handler: @escaping @Sendable () throws -> Void) -> Listener {
        add(event.name, .sync { _ in try handler() }, once: true)
    }

    /// Calls back for the next event of this name, and for no other.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func once(_ event: Event<Void>, _ handler: @escaping @Sendable () async throws -> Void) -> Listener
    {
        add(event.name, .async { _ in try await handler() }, once: true)
    }
}

extension Broadcast {
    /// Sends an event without arguments. Of a reserved name nothing but `onError` of the server hears.
    /// - Parameter event: the event's name.
    public func emit(_ event: Event<Void>) { emitOrReport(event.name, EncodedArguments()) }
}

extension BroadcastSource {
    /// Sends an event without arguments to everyone. Of a reserved name nothing but `onError` of the server hears.
    /// - Parameter event: the event's name.
    public func emit(_ event: Event<Void>) { everyone.emit(event) }
}

extension SocketEmitter {
    /// Sends an event without arguments. Of a reserved name nothing but `onError` of the server hears.
    /// - Parameter event: the event's name.
    public func emit(_ event: Event<Void>) { socket.emitOrReport(event.name, EncodedArguments(), options) }
}
