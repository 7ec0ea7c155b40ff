/// What a frame carries (RFC 6455 section 5.2).
package enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    package var isControl: Bool { rawValue >= 0x8 }
}

/// A peer's breach of RFC 6455, with the close code that tells it so (section 7.4.1).
package struct WebSocketViolation: Error, Sendable, Hashable {
    package var closeCode: UInt16
    package var reason: String

    package init(_ closeCode: UInt16, _ reason: String) {
        self.closeCode = closeCode
        self.reason = reason
    }

    static let tooBig = WebSocketViolation(1009, "message too big")
    static let longLength = WebSocketViolation(1002, "a length that is not in its shortest form")
    static let notUTF8 = WebSocketViolation(1007, "a text message is not UTF-8")
}

/// The fixed part of a client's frame.
struct WebSocketFrameHeader: Equatable {
    /// The first byte: whether it is final, whether compressed, and the opcode.
    private var first: UInt8
    var opcode: WebSocketOpcode
    var maskKey: UInt32
    /// Bytes of the header itself, mask key included.
    var length: Int
    /// Bytes of payload behind it.
    var payloadLength: Int

    var isFinal: Bool { first & 0x80 != 0 }

    /// Begins a compressed message (RFC 7692 section 6).
    var isCompressed: Bool { first & 0x40 != 0 }

    /// Final and not compressed: its payload is a message, unless a fragmented one is under way.
    @inline(__always)
    var isWholeMessage: Bool { first & 0xC0 == 0x80 }

    /// Reads the header at `offset`; nil when more bytes must come.
    ///
    /// A length in a longer form than it needs is refused, for RFC 6455 section 5.2 says that the shortest must be
    /// used (`ws` lets it pass).
    /// - Parameters:
    ///   - largestPayload: bytes that a data frame may have here; one that begins a compressed message has a little
    ///     more.
    ///   - mayCompress: whether permessage-deflate was agreed upon.
    @inline(__always)
    static func parse(
        _ bytes: Span<UInt8>, at offset: Int, largestPayload: Int, mayCompress: Bool
    ) throws(WebSocketViolation) -> WebSocketFrameHeader? {
        guard bytes.count - offset >= 2 else { return nil }
        let first = bytes[offset]
        let second = bytes[offset + 1]
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else {
            throw WebSocketViolation(1002, "unknown opcode")
        }
        var largest = largestPayload
        if first & 0x70 != 0 {
            guard mayCompress, first & 0x70 == 0x40, opcode == .text || opcode == .binary else {
                throw WebSocketViolation(1002, "a reserved bit that no extension gives a meaning here")
            }
            largest = WebSocketLimits.compressed(largest)
        }
        guard second & 0x80 != 0 else { throw WebSocketViolation(1002, "a client's frame is not masked") }

        var payloadLength = Int(second & 0x7F)
        var length = 6
        if opcode.isControl {
            guard first & 0x80 != 0 else { throw WebSocketViolation(1002, "a fragmented control frame") }
            guard payloadLength <= 125 else {
                throw WebSocketViolation(1002, "a control frame above 125 bytes")
            }
        } else if payloadLength == 126 {
            length = 8
            guard bytes.count - offset >= 4 else { return nil }
            payloadLength = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            guard payloadLength > 125 else { throw .longLength }
        } else if payloadLength == 127 {
            length = 14
            guard bytes.count - offset >= 10 else { return nil }
            var wide: UInt64 = 0
            for i in 2..<10 { wide = wide << 8 | UInt64(bytes[offset + i]) }
            guard wide <= UInt64(Int.max) else { throw WebSocketViolation(1002, "a length above 63 bits") }
            payloadLength = Int(wide)
            guard payloadLength > 65_535 else { throw .longLength }
        }
        // Before anything is allocated for it. Control frames are no part of the message that they interrupt.
        guard opcode.isControl || payloadLength <= largest else { throw .tooBig }
        guard bytes.count - offset >= length else { return nil }
        var key: UInt32 = 0
        for i in 0..<4 { key |= UInt32(bytes[offset + length - 4 + i]) << UInt32(8 * i) }
        return WebSocketFrameHeader(
            first: first, opcode: opcode, maskKey: key, length: length, payloadLength: payloadLength)
    }
}

/// How a server writes frames: never masked, never fragmented.
package enum WebSocketFrame {
    /// Bytes that the header of a frame with this payload takes: 2, 4 or 10.
    package static func headerLength(payload: Int) -> Int { payload < 126 ? 2 : payload < 65_536 ? 4 : 10 }

    /// Appends the header of a final frame.
    /// - Parameter isCompressed: whether the payload is compressed as RFC 7692 says.
    package static func appendHeader(
        _ opcode: WebSocketOpcode, payload count: Int, isCompressed: Bool = false, to output: inout [UInt8]
    ) {
        output.append((isCompressed ? 0xC0 : 0x80) | opcode.rawValue)
        if count < 126 {
            output.append(UInt8(truncatingIfNeeded: count))
        } else if count < 65_536 {
            output.append(126)
            output.append(UInt8(truncatingIfNeeded: count >> 8))
            output.append(UInt8(truncatingIfNeeded: count))
        } else {
            output.append(127)
            var shift = 56
            while shift >= 0 {
                output.append(UInt8(truncatingIfNeeded: count >> shift))
                shift -= 8
            }
        }
    }

    /// A close frame's bytes (RFC 6455 section 5.5.1); the reason is cut at 123 bytes.
    package static func close(code: UInt16, reason: String) -> [UInt8] {
        var text = Substring(reason)
        while text.utf8.count > 123 { text.removeLast() }
        var bytes: [UInt8] = []
        appendHeader(.close, payload: 2 + text.utf8.count, to: &bytes)
        bytes.append(UInt8(truncatingIfNeeded: code >> 8))
        bytes.append(UInt8(truncatingIfNeeded: code))
        bytes.append(contentsOf: text.utf8)
        return bytes
    }
}
