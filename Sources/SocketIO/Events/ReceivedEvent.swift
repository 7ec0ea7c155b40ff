internal import EngineWire

/// An event from a client: its name, its arguments, and the way to answer it.
public struct ReceivedEvent: Sendable {
    /// What the client sent with it.
    public let arguments: EventArguments
    /// Who wants an ack; nil when nobody does.
    private let asker: Socket?

    init(arguments: EventArguments, asker: Socket? = nil) {
        self.arguments = arguments
        self.asker = asker
    }

    /// Answers the client's callback; nil when the client passed none.
    public var ack: Ack? { asker.map { Ack(packet: arguments.packet, socket: $0) } }

    /// The event's name.
    public var name: String { arguments.name }
}

/// A client's callback for one event. It is called at most once: answers after the first are ignored.
public struct Ack: Sendable {
    fileprivate let packet: ReceivedPacket
    fileprivate let socket: Socket

    /// Answers with values. From any thread.
    /// - Parameter values: the arguments of the client's callback.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func send<each Value: Encodable & Sendable>(_ values: repeat each Value) throws {
        send(try EncodedArguments(repeat each values))
    }

    private func send(_ arguments: EncodedArguments) {
        guard socket.isOnLoop else { return socket.onLoop { self.send(arguments) } }
        guard !exchange(&packet.isAnswered, with: true) else { return }
        socket.acknowledge(packet.ackID, arguments)
    }

    /// Answers with arguments as they came. From any thread.
    /// - Parameter arguments: the arguments of the client's callback.
    public func send(_ arguments: EventArguments) {
        guard socket.isOnLoop else { return socket.onLoop { self.send(arguments) } }
        guard !exchange(&packet.isAnswered, with: true) else { return }
        socket.acknowledge(packet.ackID, arguments)
    }
}
