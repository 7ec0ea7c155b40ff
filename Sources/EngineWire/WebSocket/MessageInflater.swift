/// Inflates the messages of one client (RFC 7692 section 7.2.2).
package struct MessageInflater {
    /// What the client left out at the end of each message (section 7.2.1).
    private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

    private let inflater: Inflater
    private let keepsContext: Bool

    /// - Parameters:
    ///   - inflater: for raw data, with at least the window agreed upon.
    ///   - keepsContext: whether a message may refer to those before it; then `inflater` belongs to this client
    ///     alone. Without, any number of clients on one loop can share it.
    package init(_ inflater: Inflater, keepsContext: Bool) {
        self.inflater = inflater
        self.keepsContext = keepsContext
    }

    /// - Parameters:
    ///   - compressed: the payload of a whole message. Blocks may be final ones anywhere (section 7.2.3.4), and
    ///     nothing at all is an empty message: zlib writes that for one that follows a flush.
    ///   - limit: bytes that the message may have (1009 beyond it). No more are ever inflated.
    /// - Throws: 1007 for what no compressor writes, as `ws` does; RFC 7692 names no code.
    func inflate(_ compressed: Span<UInt8>, limit: Int) throws(WebSocketViolation) -> [UInt8] {
        if !keepsContext { inflater.reset() }
        guard !compressed.isEmpty else { return [] }
        var message: [UInt8] = []
        do throws(InflateFailure) {
            try inflater.inflate(compressed, into: &message, limit: limit)
            // Behind a final block without the byte that should follow it, the tail is no block's end.
            if !inflater.isAtStreamEnd { try inflater.inflate(Self.tail.span, into: &message, limit: limit) }
            guard inflater.isAtBoundary else { throw .corrupt }
        } catch {
            switch error {
            case .tooLarge: throw .tooBig
            case .corrupt: throw WebSocketViolation(1007, "a compressed message cannot be inflated")
            }
        }
        return message
    }
}
