/// An event's name and the type of what it carries, written once and checked at every use:
///
/// ```swift
/// extension Event where Payload == ChatMessage {
///     static var chat: Self { Event("chat") }
/// }
/// socket.on(.chat) { message in try io.emit(.chat, message) }
/// ```
///
/// `Payload` is the event's only argument; `Void` stands for an event without any.
public struct Event<Payload>: Sendable {
    /// The name on the wire.
    public let name: String

    /// Names an event.
    /// - Parameter name: none of the names that the library itself uses, such as `disconnect`.
    public init(_ name: String) { self.name = name }
}

/// The name of an event that is answered, and the types of what it carries and of the answer:
///
/// ```swift
/// extension Request where Payload == Move, Answer == Board {
///     static var move: Self { Request("move") }
/// }
/// socket.on(.move) { move in try game.play(move) }
/// let board = try await socket.emitWithAck(.move, move)
/// ```
public struct Request<Payload, Answer>: Sendable {
    /// The name on the wire.
    public let name: String

    /// Names an event that is answered.
    /// - Parameter name: none of the names that the library itself uses, such as `disconnect`.
    public init(_ name: String) { self.name = name }
}
