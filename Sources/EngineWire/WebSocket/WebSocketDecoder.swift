/// What one WebSocket message may cost.
public struct WebSocketLimits: Sendable, Hashable {
    /// Largest message in bytes, all its fragments together (close code 1009 beyond it).
    public var message = 1_000_000
    /// Most fragments of one message, empty ones counted: tiny fragments cost far more than their bytes.
    public var fragments = 1_024

    public init() {}
}

/// Bytes in, messages out: the frames of one client (RFC 6455 sections 5 and 7), checked and put together.
///
/// Works in the caller's buffer: payloads are unmasked in place and reported as ranges of it, so a message of
/// one frame is never copied. Only fragments are collected here.
package struct WebSocketDecoder: Sendable {
    /// What the next whole frame meant.
    package enum Event: Sendable, Equatable {
        /// Nothing whole is left; more bytes must come.
        case needsMore
        /// A fragment was taken; nothing to report yet.
        case fragment
        /// A message of one frame, unmasked, in the buffer. Text is valid UTF-8.
        case text(Range<Int>)
        case binary(Range<Int>)
        /// A fragmented message is whole now; take it with `takeAssembled()`.
        case assembledText
        case assembledBinary
        case ping(Range<Int>)
        case pong(Range<Int>)
        /// The peer closes; the code is 1005 when it sent none.
        case close(code: UInt16, reason: Range<Int>)
    }

    private let limits: WebSocketLimits
    private var assembled: [UInt8] = []
    private var fragments = 0
    private var assembledOpcode = WebSocketOpcode.continuation

    package init(limits: WebSocketLimits) { self.limits = limits }

    /// Reads the frame at `offset` and moves `offset` behind it.
    package mutating func next(
        in buffer: inout MutableSpan<UInt8>, at offset: inout Int
    ) throws(WebSocketViolation) -> Event {
        let largest = limits.message - assembled.count
        guard let header = try WebSocketFrameHeader.parse(buffer.span, at: offset, largestPayload: largest),
            buffer.count - offset - header.length >= header.payloadLength
        else { return .needsMore }
        let start = offset + header.length
        let payload = start..<(start + header.payloadLength)
        WebSocketMask.apply(header.maskKey, to: &buffer, in: payload)
        offset = payload.upperBound

        switch header.opcode {
        case .text where header.isFinal && fragments == 0:
            guard isUTF8(buffer.span.extracting(payload)) else { throw Self.notUTF8 }
            return .text(payload)
        case .binary where header.isFinal && fragments == 0:
            return .binary(payload)
        case .text, .binary, .continuation:
            return try take(header, buffer.span.extracting(payload))
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        case .close: return try close(buffer.span, payload)
        }
    }

    /// How many bytes the frame at `offset` needs in all; nil when its header is not whole. For the size of a buffer.
    package func bytesNeeded(_ bytes: Span<UInt8>, at offset: Int) -> Int? {
        guard let header = try? WebSocketFrameHeader.parse(bytes, at: offset, largestPayload: limits.message)
        else {
            return nil
        }
        return header.length + header.payloadLength
    }

    /// The fragmented message that the last event announced.
    package mutating func takeAssembled() -> [UInt8] {
        fragments = 0
        return exchange(&assembled, with: [])
    }

    private static let notUTF8 = WebSocketViolation(1007, "a text message is not UTF-8")

    private mutating func take(
        _ header: WebSocketFrameHeader, _ payload: Span<UInt8>
    ) throws(WebSocketViolation) -> Event {
        if header.opcode == .continuation {
            guard fragments > 0 else { throw WebSocketViolation(1002, "a continuation of nothing") }
        } else {
            guard fragments == 0 else {
                throw WebSocketViolation(1002, "a new message inside a fragmented one")
            }
            assembledOpcode = header.opcode
        }
        fragments += 1
        guard fragments <= limits.fragments else { throw WebSocketViolation(1008, "too many fragments") }
        assembled.append(payload)
        guard header.isFinal else { return .fragment }
        guard assembledOpcode == .text else { return .assembledBinary }
        guard isUTF8(assembled.span) else { throw Self.notUTF8 }
        return .assembledText
    }

    private func close(_ buffer: Span<UInt8>, _ payload: Range<Int>) throws(WebSocketViolation) -> Event {
        guard !payload.isEmpty else { return .close(code: 1005, reason: payload) }
        guard payload.count >= 2 else { throw WebSocketViolation(1002, "a close frame with half a code") }
        let code = UInt16(buffer[payload.lowerBound]) << 8 | UInt16(buffer[payload.lowerBound + 1])
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw WebSocketViolation(1002, "an invalid close code")
        }
        let reason = (payload.lowerBound + 2)..<payload.upperBound
        guard isUTF8(buffer.extracting(reason)) else {
            throw WebSocketViolation(1007, "a close reason is not UTF-8")
        }
        return .close(code: code, reason: reason)
    }

    private func isUTF8(_ bytes: Span<UInt8>) -> Bool { (try? UTF8Span(validating: bytes)) != nil }
}
