internal import EngineWire

/// An event from a client: its name, its arguments, and the way to answer it.
public struct ReceivedEvent: Sendable {
    /// What the client sent with it.
    public let arguments: EventArguments
    /// Answers the client's callback; nil when the client passed none.
    public let ack: Ack?

    /// The event's name.
    public var name: String { arguments.name }
}

/// A client's callback for one event. It is called at most once: answers after the first are ignored.
public final class Ack: @unchecked Sendable {
    // Proof of sendability: `isSent` is touched on the socket's loop only.

    private let socket: Socket
    private let id: Int
    private var isSent = false

    init(_ socket: Socket, id: Int) {
        self.socket = socket
        self.id = id
    }

    /// Answers with values. From any thread.
    /// - Parameter values: the arguments of the client's callback.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func send<each Value: Encodable & Sendable>(_ values: repeat each Value) throws {
        send(try EncodedArguments(repeat each values))
    }

    private func send(_ arguments: EncodedArguments) {
        guard socket.isOnLoop else { return socket.onLoop { self.send(arguments) } }
        guard !exchange(&isSent, with: true) else { return }
        socket.acknowledge(id, arguments)
    }

    /// Answers with arguments as they came. From any thread.
    /// - Parameter arguments: the arguments of the client's callback.
    public func send(_ arguments: EventArguments) {
        guard socket.isOnLoop else { return socket.onLoop { self.send(arguments) } }
        guard !exchange(&isSent, with: true) else { return }
        socket.acknowledge(id, arguments)
    }
}
