/// An event's name and the type of what it carries, written once and checked at every use:
///
/// ```swift
/// extension Event where Payload == Order { static var ordered: Self { Self("ordered") } }
/// ```
/// ```swift
/// socket.on(.ordered) { order in try io.emit(.ordered, order) }
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
/// extension Request where Payload == String, Answer == Bool { static var confirm: Self { Self("confirm") } }
/// ```
/// ```swift
/// socket.on(.confirm) { question in question.hasSuffix("?") }
/// let isConfirmed = try await socket.emitWithAck(.confirm, "Sell?")
/// ```
public struct Request<Payload, Answer>: Sendable {
    /// The name on the wire.
    public let name: String

    /// Names an event that is answered.
    /// - Parameter name: none of the names that the library itself uses, such as `disconnect`.
    public init(_ name: String) { self.name = name }
}
