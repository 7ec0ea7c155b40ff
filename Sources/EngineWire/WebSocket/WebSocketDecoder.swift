/// Bytes in, messages out: the frames of one client (RFC 6455 sections 5 and 7), checked and put together.
///
/// Works in the caller's buffer: payloads are unmasked in place and reported as ranges of it, so a message of
/// one frame that is not compressed is never copied.
package struct WebSocketDecoder {
    /// What the next whole frame meant.
    package enum Event: Sendable, Equatable {
        /// Nothing whole is left; more bytes must come.
        case needsMore
        /// A fragment was taken; nothing to report yet.
        case fragment
        /// A message of one frame, unmasked, in the buffer. Text is valid UTF-8.
        case text(Range<Int>)
        case binary(Range<Int>)
        /// A message that was fragmented or compressed is whole now; take it with `takeAssembled()`.
        case assembledText
        case assembledBinary
        case ping(Range<Int>)
        case pong(Range<Int>)
        /// The peer closes; the code is 1005 when it sent none.
        case close(code: UInt16, reason: Range<Int>)
    }

    private let limits: WebSocketLimits
    private let inflater: MessageInflater?
    /// What is under way: a message in fragments, one that is compressed, or a text of which a part has come. Most
    /// messages need none of it, and idle connections should cost little.
    private var assembler: WebSocketMessageAssembler?

    /// - Parameter inflater: for a client that permessage-deflate was agreed upon with; nil for others.
    package init(limits: WebSocketLimits, inflater: MessageInflater? = nil) {
        self.limits = limits
        self.inflater = inflater
    }

    /// Reads the frame at `offset` and moves `offset` behind it.
    ///
    /// A frame that is not whole stays where it is, unchanged, and has to be there again in the next call.
    package mutating func next(
        in buffer: inout MutableSpan<UInt8>, at offset: inout Int
    ) throws(WebSocketViolation) -> Event {
        guard
            let header = try WebSocketFrameHeader.parse(
                buffer.span, at: offset, largestPayload: assembler?.room ?? limits.message,
                mayCompress: inflater != nil)
        else { return .needsMore }
        let start = offset + header.length
        guard buffer.count - start >= header.payloadLength else {
            try lookAhead(header, buffer.span.extracting(start..<buffer.count))
            return .needsMore
        }
        let payload = start..<(start + header.payloadLength)
        WebSocketMask.apply(header.maskKey, to: &buffer, in: payload)
        offset = payload.upperBound

        switch header.opcode {
        case .text, .binary, .continuation:
            guard header.isWholeMessage, header.opcode != .continuation, assembler == nil else {
                return try assemble(header, buffer.span, payload)
            }
            guard header.opcode == .text else { return .binary(payload) }
            guard buffer.span.extracting(payload).isUTF8 else { throw .notUTF8 }
            return .text(payload)
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        case .close: return try close(buffer.span, payload)
        }
    }

    /// The message that the last event announced.
    package mutating func takeAssembled() -> [UInt8] { exchange(&assembler, with: nil)?.message ?? [] }

    private mutating func beginAssembly() -> WebSocketMessageAssembler {
        if let assembler { return assembler }
        let new = WebSocketMessageAssembler(limits: limits, inflater: inflater)
        assembler = new
        return new
    }

    private mutating func lookAhead(
        _ header: WebSocketFrameHeader, _ payload: Span<UInt8>
    ) throws(WebSocketViolation) {
        if header.opcode.isControl || (header.opcode == .binary && assembler == nil) { return }
        try beginAssembly().lookAhead(header, payload)
    }

    private mutating func assemble(
        _ header: WebSocketFrameHeader, _ buffer: Span<UInt8>, _ payload: Range<Int>
    ) throws(WebSocketViolation) -> Event {
        let assembler = beginAssembly()
        let bytes = buffer.extracting(payload)
        guard header.isWholeMessage, header.opcode == .text, assembler.isEmpty else {
            return try assembler.take(header, bytes)
        }
        // A whole text of which a part was looked at before.
        self.assembler = nil
        guard assembler.isText(bytes) else { throw .notUTF8 }
        return .text(payload)
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
        guard buffer.extracting(reason).isUTF8 else {
            throw WebSocketViolation(1007, "a close reason is not UTF-8")
        }
        return .close(code: code, reason: reason)
    }
}
