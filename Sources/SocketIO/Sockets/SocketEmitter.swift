/// An event for one socket, being prepared: `socket.volatile.emit("position", x, y)`.
///
/// A value: each step returns a new one and changes nothing. From any thread.
public struct SocketEmitter: Sendable {
    let socket: Socket
    var options = EmitOptions()

    /// Drops the event if the client cannot take it at once: for values that a newer one replaces soon.
    public var volatile: SocketEmitter { changed { $0.isVolatile = true } }

    /// Says whether the event may be compressed, where compression is on; it may unless told otherwise.
    /// - Parameter isCompressed: false for what compresses badly, such as pictures.
    public func compress(_ isCompressed: Bool) -> SocketEmitter { changed { $0.isCompressed = isCompressed } }

    /// While the client cannot keep up, keeps only the newest event of this key.
    /// - Parameter key: what the event is about, e.g. `AAPL`; keys are the socket's own.
    public func latest(_ key: String) -> SocketEmitter { changed { $0.latestKey = key } }

    /// Sets the time for an ack.
    /// - Parameter time: how long the client may take.
    public func timeout(_ time: Duration) -> SocketEmitter { changed { $0.timeout = time } }

    private func changed(_ change: (inout EmitOptions) -> Void) -> SocketEmitter {
        var next = self
        change(&next.options)
        return next
    }

    /// Sends the event to this client.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(_ event: String, _ values: repeat each Value) throws {
        try socket.emit(event, EncodedArguments(repeat each values), options)
    }

    /// Sends the event with arguments as they came from a client. Of a reserved name nothing but `onError` of the server
    /// hears.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: its arguments.
    public func emit(_ event: String, _ arguments: EventArguments) {
        socket.emitOrReport(event, EncodedArguments(arguments), options)
    }

    /// Sends a typed event.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emit<Payload: Encodable & Sendable>(_ event: Event<Payload>, _ payload: Payload) throws {
        try emit(event.name, payload)
    }

    /// Sends the event and waits for the client's ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Throws: `AckError`, `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emitWithAck<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value
    ) async throws -> EventArguments {
        try await socket.emitWithAck(event, EncodedArguments(repeat each values), options)
    }
}

extension Socket {
    /// An event that is dropped if the client cannot take it at once.
    public var volatile: SocketEmitter { SocketEmitter(socket: self).volatile }

    /// An event that may be compressed or not, where compression is on.
    /// - Parameter isCompressed: false for what compresses badly, such as pictures.
    public func compress(_ isCompressed: Bool) -> SocketEmitter {
        SocketEmitter(socket: self).compress(isCompressed)
    }

    /// An event of which only the newest is kept while the client cannot keep up.
    /// - Parameter key: what the event is about, e.g. `AAPL`; keys are the socket's own.
    public func latest(_ key: String) -> SocketEmitter { SocketEmitter(socket: self).latest(key) }

    /// An event with a time for its ack.
    /// - Parameter time: how long the client may take.
    public func timeout(_ time: Duration) -> SocketEmitter { SocketEmitter(socket: self).timeout(time) }
}
