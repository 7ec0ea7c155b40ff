/// Puts the fragments of one message together (RFC 6455 section 5.4) and inflates what was compressed.
///
/// Keeps no more than one message of `WebSocketLimits`; one that is compressed and fragmented is kept in its
/// compressed form until it is whole, because the inflater may be shared.
final class WebSocketMessageAssembler {
    private let limits: WebSocketLimits
    private let inflater: MessageInflater?
    private var opcode = WebSocketOpcode.continuation
    private var isCompressed = false
    private var fragments = 0
    private var bytes: [UInt8] = []
    private var utf8 = UTF8Validator()
    /// Bytes at the beginning of the next frame's payload that `utf8` has seen already.
    private var seen = 0
    /// Bytes that the next fragment may have.
    private(set) var room: Int

    init(limits: WebSocketLimits, inflater: MessageInflater?) {
        self.limits = limits
        self.inflater = inflater
        room = limits.message
    }

    /// Whether no message has begun.
    @inline(__always)
    var isEmpty: Bool { fragments == 0 }

    /// Whether a message of one frame is valid as text: each byte is looked at once, now or when it came.
    @inline(__always)
    func isText(_ payload: Span<UInt8>) -> Bool {
        seen == 0 ? payload.isUTF8 : isRestOfText(payload)
    }

    private func isRestOfText(_ payload: Span<UInt8>) -> Bool {
        let rest = payload.extracting(seen...)
        seen = 0
        return utf8.accepts(rest) && utf8.isAtBoundary
    }

    /// Looks at what has come of a frame's payload before it is whole, still masked: a text that is not UTF-8 is
    /// refused as soon as that is certain, and so is a frame that cannot stand here.
    func lookAhead(
        _ header: WebSocketFrameHeader, _ payload: Span<UInt8>
    ) throws(WebSocketViolation) {
        try admit(header)
        let isText =
            isEmpty ? header.opcode == .text && !header.isCompressed : opcode == .text && !isCompressed
        guard isText, payload.count > seen else { return }
        let turn = UInt32(8 * (seen & 3))
        let key = header.maskKey &>> turn | header.maskKey &<< (32 &- turn)
        guard utf8.accepts(payload.extracting(seen...), maskedWith: key) else { throw .notUTF8 }
        seen = payload.count
    }

    /// Takes a whole fragment, or the whole of a compressed message.
    func take(
        _ header: WebSocketFrameHeader, _ payload: Span<UInt8>
    ) throws(WebSocketViolation) -> WebSocketDecoder.Event {
        try admit(header)
        if isEmpty {
            opcode = header.opcode
            isCompressed = header.isCompressed
            if isCompressed { room = WebSocketLimits.compressed(limits.message) }
        }
        fragments += 1
        if isCompressed { return try takeCompressed(payload, isLast: header.isFinal) }
        if opcode == .text {
            guard utf8.accepts(payload.extracting(exchange(&seen, with: 0)...)) else { throw .notUTF8 }
        }
        append(payload)
        guard header.isFinal else { return .fragment }
        guard utf8.isAtBoundary else { throw .notUTF8 }
        return opcode == .text ? .assembledText : .assembledBinary
    }

    /// The message that is whole now.
    var message: [UInt8] { bytes }

    /// Whether a frame can stand here.
    private func admit(_ header: WebSocketFrameHeader) throws(WebSocketViolation) {
        if header.opcode == .continuation {
            guard !isEmpty else { throw WebSocketViolation(1002, "a continuation of nothing") }
        } else {
            guard isEmpty else { throw WebSocketViolation(1002, "a new message inside a fragmented one") }
        }
        guard fragments < limits.fragments else { throw WebSocketViolation(1008, "too many fragments") }
    }

    private func takeCompressed(
        _ payload: Span<UInt8>, isLast: Bool
    ) throws(WebSocketViolation) -> WebSocketDecoder.Event {
        guard isLast, fragments == 1 else {
            append(payload)
            guard isLast else { return .fragment }
            let compressed = exchange(&bytes, with: [])
            return try inflate(compressed.span)
        }
        return try inflate(payload)
    }

    private func inflate(
        _ compressed: Span<UInt8>
    ) throws(WebSocketViolation) -> WebSocketDecoder.Event {
        guard let inflater else { throw WebSocketViolation(1002, "compression was not agreed upon") }
        let inflated = try inflater.inflate(compressed, limit: limits.message)
        bytes = inflated
        guard opcode == .text else { return .assembledBinary }
        guard inflated.span.isUTF8 else { throw .notUTF8 }
        return .assembledText
    }

    private func append(_ payload: Span<UInt8>) {
        bytes.append(payload)
        room -= payload.count
    }
}
