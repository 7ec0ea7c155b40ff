/// Takes an event's arguments one by one.
private struct ArgumentReader {
    let arguments: EventArguments
    var index = 0

    mutating func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
        defer { index += 1 }
        return try arguments.decode(type, at: index)
    }
}

// An event whose arguments are of other types is not handled; the error goes to the server's error handler.
//
// `@concurrent`: Swift 6.3 crashes on a caller's closure that takes a parameter pack and is `nonisolated(nonsending)`,
// the default here. The handler runs on the socket's loop all the same: its task prefers the loop as executor.
extension Socket {
    /// Calls back with an event's arguments as values: `socket.on("join", String.self) { room in … }`.
    public func on<each Argument: Decodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type,
        handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) {
        on(event) { (event: Event) throws in
            var reader = ArgumentReader(arguments: event.arguments)
            try handler(repeat try reader.next((each Argument).self))
        }
    }

    /// Calls back with an event's arguments as values. The next event waits until the handler has returned.
    public func on<each Argument: Decodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type,
        handler: @escaping @concurrent @Sendable (repeat each Argument) async throws -> Void
    ) {
        on(event) { (event: Event) async throws in
            var reader = ArgumentReader(arguments: event.arguments)
            let values = (repeat try reader.next((each Argument).self))
            try await handler(repeat each values)
        }
    }

    /// Calls back with an event's arguments as values; what the handler returns is the ack.
    public func on<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type,
        handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) {
        on(event) { (event: Event) throws in
            var reader = ArgumentReader(arguments: event.arguments)
            try event.ack?.send(try handler(repeat try reader.next((each Argument).self)))
        }
    }

    /// Calls back with an event's arguments as values; what the handler returns is the ack. The next event waits
    /// until the handler has returned.
    public func on<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ event: String, _ types: repeat (each Argument).Type,
        handler: @escaping @concurrent @Sendable (repeat each Argument) async throws -> Reply
    ) {
        on(event) { (event: Event) async throws in
            var reader = ArgumentReader(arguments: event.arguments)
            let values = (repeat try reader.next((each Argument).self))
            let reply = try await handler(repeat each values)
            try event.ack?.send(reply)
        }
    }
}
