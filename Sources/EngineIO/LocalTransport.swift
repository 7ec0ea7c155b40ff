/// What carries a session whose client is in the server's own process: no connection, no descriptor, no timers.
///
/// It is the client's end: it gets the session's messages as a WebSocket's client would, whole and in order, and hears
/// of the end behind the last of them. Belongs to the session's loop; the callbacks are called there, at the end of a
/// turn, so that whoever hears of a message finds done what the turn did besides.
package final class LocalTransport: @unchecked Sendable {
    // Proof of sendability: the callbacks never change; all else is touched on the session's loop only.

    private let received: @Sendable (Message) -> Void
    private let closed: @Sendable (CloseReason, String?) -> Void
    /// What has left the session and was not delivered yet.
    private var onTheWay: [PreparedMessage] = []
    /// Whether the client takes what it is sent. One that does not is a slow reader: messages wait for it in the
    /// session, within its bounds.
    var isReading = true

    /// Makes the end of one session.
    /// - Parameters:
    ///   - received: called for each message.
    ///   - closed: called once, when the session is over, with the server's reason and, where more is known, words.
    package init(
        received: @escaping @Sendable (Message) -> Void,
        closed: @escaping @Sendable (CloseReason, String?) -> Void
    ) {
        self.received = received
        self.closed = closed
    }

    /// Takes a message; it counts as sent from then on.
    func take(_ message: PreparedMessage) { onTheWay.append(message) }

    /// Delivers what has left the session.
    func deliver() {
        for message in exchange(&onTheWay, with: []) {
            for part in message.messages { received(part) }
        }
    }

    /// The session is over; what has left it is delivered first.
    func end(_ reason: CloseReason, _ description: String?) {
        deliver()
        closed(reason, description)
    }
}

extension PreparedMessage {
    /// The messages as they were before they were encoded. Packets of the engine itself are none.
    var messages: [Message] {
        let frames = self.frames
        return parts.compactMap { part in
            let bytes = frames[part.payload]
            guard part.isText else { return .binary(Array(bytes)) }
            guard bytes.first == PacketType.message.rawValue else { return nil }
            return .text(String(decoding: bytes.dropFirst(), as: UTF8.self))
        }
    }
}
