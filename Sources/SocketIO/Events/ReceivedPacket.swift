internal import EngineWire

/// What a packet brought, in one object: an event is passed on by one reference.
///
/// It does not hold the socket: an application may keep arguments for long.
final class ReceivedPacket: @unchecked Sendable {
    // Proof of sendability: `isAnswered` is touched on the socket's loop only; all else never changes.

    let text: [UInt8]
    let elements: ArgumentRanges
    /// The binary attachments, in the order of their numbers.
    let attachments: [[UInt8]]
    /// The number of the ack that the client wants; of no account if it wants none.
    let ackID: Int
    @safe @exclusivity(unchecked) var isAnswered = false

    init(text: [UInt8], elements: ArgumentRanges, attachments: [[UInt8]], ackID: Int = 0) {
        self.text = text
        self.elements = elements
        self.attachments = attachments
        self.ackID = ackID
    }
}
