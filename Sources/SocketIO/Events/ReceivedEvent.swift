internal import EngineWire

/// An event from a client: its name, its arguments, and the way to answer it.
public struct ReceivedEvent: Sendable {
    /// What the client sent with it.
    public let arguments: EventArguments

    /// Answers the client's callback; nil when the client passed none.
    public var ack: Ack? { arguments.packet.socket == nil ? nil : Ack(packet: arguments.packet) }

    /// The event's name.
    public var name: String { arguments.name }
}

/// A client's callback for one event. It is called at most once: answers after the first are ignored.
public struct Ack: Sendable {
    fileprivate let packet: ReceivedPacket

    /// Answers with values. From any thread.
    /// - Parameter values: the arguments of the client's callback.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func send<each Value: Encodable & Sendable>(_ values: repeat each Value) throws {
        send(try EncodedArguments(repeat each values))
    }

    private func send(_ arguments: EncodedArguments) {
        guard let socket = packet.socket else { return }
        guard socket.isOnLoop else { return socket.onLoop { self.send(arguments) } }
        guard !exchange(&packet.isAnswered, with: true) else { return }
        socket.acknowledge(packet.ackID, arguments)
    }

    /// Answers with arguments as they came. From any thread.
    /// - Parameter arguments: the arguments of the client's callback.
    public func send(_ arguments: EventArguments) {
        guard let socket = packet.socket else { return }
        guard socket.isOnLoop else { return socket.onLoop { self.send(arguments) } }
        guard !exchange(&packet.isAnswered, with: true) else { return }
        socket.acknowledge(packet.ackID, arguments)
    }
}
