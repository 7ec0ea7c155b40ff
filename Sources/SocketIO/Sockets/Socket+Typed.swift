/// Takes an event's arguments one by one.
struct ArgumentReader {
    let arguments: EventArguments
    var index = 0

    mutating func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
        defer { index += 1 }
        return try arguments.decode(type, at: index)
    }
}

// An event whose arguments are of other types is not handled; the error goes to `onError`.
//
// `@concurrent`: Swift 6.3 crashes on a caller's closure that takes a parameter pack and is `nonisolated(nonsending)`,
// the default here. The handler runs on the socket's loop all the same: its task prefers the loop as executor.
extension EventHandler {
    static func typed<each Argument: Decodable & Sendable>(
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> EventHandler {
        .sync { event in
            var reader = ArgumentReader(arguments: event.arguments)
            try handler(repeat try reader.next((each Argument).self))
        }
    }

    static func typed<each Argument: Decodable & Sendable>(
        _ handler: @escaping @concurrent @Sendable (repeat each Argument) async throws -> Void
    ) -> EventHandler {
        .async { event in
            var reader = ArgumentReader(arguments: event.arguments)
            let values = (repeat try reader.next((each Argument).self))
            try await handler(repeat each values)
        }
    }

    static func answering<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> EventHandler {
        .sync { event in
            var reader = ArgumentReader(arguments: event.arguments)
            let reply = try handler(repeat try reader.next((each Argument).self))
            try event.ack?.send(reply)
        }
    }

    static func answering<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ handler: @escaping @concurrent @Sendable (repeat each Argument) async throws -> Reply
    ) -> EventHandler {
        .async { event in
            var reader = ArgumentReader(arguments: event.arguments)
            let values = (repeat try reader.next((each Argument).self))
            let reply = try await handler(repeat each values)
            try event.ack?.send(reply)
        }
    }

    static func replying<Reply: Encodable & Sendable>(
        _ handler: @escaping @Sendable (ReceivedEvent) throws -> Reply
    ) -> EventHandler {
        .sync { event in
            let reply = try handler(event)
            try event.ack?.send(reply)
        }
    }

    static func replying<Reply: Encodable & Sendable>(
        _ handler: @escaping @Sendable (ReceivedEvent) async throws -> Reply
    ) -> EventHandler {
        .async { event in
            let reply = try await handler(event)
            try event.ack?.send(reply)
        }
    }
}

/// Handlers that take an event's arguments as values. Arguments that are missing are null.
extension Socket {
    /// Calls back with an event's arguments as values: `socket.on("join", String.self) { room in … }`.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - types: what its arguments are.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<each Argument: Decodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type,
        handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> Listener {
        add(event, .typed(handler))
    }

    /// Calls back with an event's arguments as values. The next event waits until the handler has returned.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - types: what its arguments are.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<each Argument: Decodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type,
        handler: @escaping @concurrent @Sendable (repeat each Argument) async throws -> Void
    ) -> Listener {
        add(event, .typed(handler))
    }

    /// Calls back with an event's arguments as values; what the handler returns is the ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - types: what its arguments are.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type,
        handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) -> Listener {
        add(event, .answering(handler))
    }

    /// Calls back with an event's arguments as values; what the handler returns is the ack. The next event waits
    /// until the handler has returned.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - types: what its arguments are.
    ///   - handler: runs as a task on the socket's loop.
    /// - Returns: what `off` takes.
    @discardableResult
    public func on<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type,
        handler: @escaping @concurrent @Sendable (repeat each Argument) async throws -> Reply
    ) -> Listener {
        add(event, .answering(handler))
    }

    /// Calls back once with an event's arguments as values.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - types: what its arguments are.
    ///   - handler: runs before the next packet of this client is read.
    /// - Returns: what `off` takes.
    @discardableResult
    public func once<each Argument: Decodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type,
        handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) -> Listener {
        add(event, .typed(handler), once: true)
    }
}
