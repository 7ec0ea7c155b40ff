internal import EngineWire

/// What a packet brought, in one object: an event and its ack are passed on by one reference.
final class ReceivedPacket: @unchecked Sendable {
    // Proof of sendability: `isAnswered` is touched on the socket's loop only; all else never changes.

    let text: [UInt8]
    let elements: ArgumentRanges
    /// The binary attachments, in the order of their numbers.
    let attachments: [[UInt8]]
    /// Who wants an ack; nil when nobody does.
    let socket: Socket?
    /// Its number, if there is a socket.
    let ackID: Int
    @safe @exclusivity(unchecked) var isAnswered = false

    init(
        text: [UInt8], elements: ArgumentRanges, attachments: [[UInt8]], socket: Socket? = nil, ackID: Int = 0
    ) {
        self.text = text
        self.elements = elements
        self.attachments = attachments
        self.socket = socket
        self.ackID = ackID
    }
}
