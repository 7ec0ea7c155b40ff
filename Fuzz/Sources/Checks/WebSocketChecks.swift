@testable import EngineWire

/// The frames of a client (RFC 6455 section 5), plain and compressed (RFC 7692).
enum WebSocketChecks {
    static func frames(_ input: [UInt8]) throws(Finding) {
        let limits = limits(input)
        let whole = try FrameListener.listen([input[...]], limits, inflater: nil)
        var reference = SlowWebSocket(limits: limits, compression: nil)
        try expectEqual(whole.heard, reference.read(input), "the reference hears something else")
        for pieces in Pieces.ways(input) {
            let cut = try FrameListener.listen(pieces, limits, inflater: nil)
            try expectEqual(cut.heard, whole.heard, "cut frames are heard differently")
        }
    }

    /// The first byte says what was agreed upon. The context is the client's own or none; without one, others use
    /// the inflater between the client's pieces.
    static func compressedFrames(_ input: [UInt8]) throws(Finding) {
        let choice = input.first ?? 0
        let keepsContext = choice & 1 == 1
        let frames = Array(input.dropFirst())
        let limits = limits(frames)
        let own = MessageInflater(Inflater(format: .raw), keepsContext: keepsContext)
        let whole = try FrameListener.listen([frames[...]], limits, inflater: own)
        var reference = SlowWebSocket(limits: limits, compression: SlowInflater(keepsContext: keepsContext))
        try expectEqual(whole.heard, reference.read(frames), "the reference hears something else")
        for pieces in Pieces.ways(frames) {
            let inflater = MessageInflater(Inflater(format: .raw), keepsContext: keepsContext)
            let disturb = {
                guard !keepsContext else { return }
                _ = try? inflater.inflate(frames.span, limit: 100)
            }
            let cut = try FrameListener.listen(pieces, limits, inflater: inflater, between: disturb)
            try expectEqual(cut.heard, whole.heard, "cut frames are heard differently")
        }
        // A small window may refuse more, but the same whole and cut.
        let bits = 8 + Int(choice >> 1 & 7)
        let heard = try ([[frames[...]]] + Pieces.ways(frames)).map { pieces throws(Finding) in
            let inflater = MessageInflater(
                Inflater(format: .raw, windowBits: bits), keepsContext: keepsContext)
            return try FrameListener.listen(pieces, limits, inflater: inflater).heard
        }
        for other in heard { try expectEqual(other, heard[0], "a window of \(bits) bits makes cuts matter") }
    }

    /// Limits that short inputs reach, or not.
    private static func limits(_ input: [UInt8]) -> WebSocketLimits {
        var random = InputRandom(input)
        var limits = WebSocketLimits()
        limits.message = [10, 200, 300, 70_000][Int(random.next() % 4)]
        limits.fragments = [1, 2, 4, 1_024][Int(random.next() % 4)]
        return limits
    }
}

/// What a client said, as far as it was understood.
struct Heard: Equatable {
    enum Message: Equatable {
        case text([UInt8])
        case binary([UInt8])
        case ping([UInt8])
        case pong([UInt8])
        case close(UInt16, [UInt8])
    }

    var messages: [Message] = []
    /// The close code of the violation that ended it.
    var refusal: UInt16?
}

/// A connection to a WebSocket decoder.
struct FrameListener {
    private var decoder: WebSocketDecoder
    private let limits: WebSocketLimits
    private var waiting: [UInt8] = []
    private(set) var heard = Heard()
    private var isClosed = false

    /// Feeds pieces until one is refused or closes.
    static func listen(
        _ pieces: [ArraySlice<UInt8>], _ limits: WebSocketLimits, inflater: MessageInflater?,
        between disturb: () -> Void = {}
    ) throws(Finding) -> FrameListener {
        var listener = FrameListener(
            decoder: WebSocketDecoder(limits: limits, inflater: inflater), limits: limits)
        for piece in pieces where !listener.isClosed {
            listener.waiting += piece
            while !listener.isClosed, try listener.readFrame() { disturb() }
        }
        return listener
    }

    private init(decoder: WebSocketDecoder, limits: WebSocketLimits) {
        self.decoder = decoder
        self.limits = limits
    }

    /// Takes one frame; false when there is no whole one.
    private mutating func readFrame() throws(Finding) -> Bool {
        var offset = 0
        var bytes = waiting
        let event: WebSocketDecoder.Event
        do throws(WebSocketViolation) {
            var span = bytes.mutableSpan
            event = try decoder.next(in: &span, at: &offset)
        } catch {
            heard.refusal = error.closeCode
            isClosed = true
            return false
        }
        try expect(0...bytes.count ~= offset, "the offset is \(offset) in \(bytes.count) bytes")
        switch event {
        case .needsMore:
            try expect(offset == 0 && bytes == waiting, "a frame that is not whole is touched")
            return false
        case .fragment: break
        case .text(let range): heard.messages.append(.text(Array(bytes[range])))
        case .binary(let range): heard.messages.append(.binary(Array(bytes[range])))
        case .assembledText: heard.messages.append(.text(decoder.takeAssembled()))
        case .assembledBinary: heard.messages.append(.binary(decoder.takeAssembled()))
        case .ping(let range): heard.messages.append(.ping(Array(bytes[range])))
        case .pong(let range): heard.messages.append(.pong(Array(bytes[range])))
        case .close(let code, let reason):
            heard.messages.append(.close(code, Array(bytes[reason])))
            isClosed = true
        }
        try expect(bytes[offset...] == waiting[offset...], "bytes behind a frame are touched")
        try expect(offset > 0, "a frame takes no bytes")
        waiting = Array(bytes[offset...])
        try checkLast()
        return true
    }

    private func checkLast() throws(Finding) {
        switch heard.messages.last {
        case .text(let bytes):
            try expect(SlowUTF8.isValid(bytes), "a text is not UTF-8")
            try expect(bytes.count <= limits.message, "a text above the limit")
        case .binary(let bytes): try expect(bytes.count <= limits.message, "a message above the limit")
        case .ping(let bytes), .pong(let bytes), .close(_, let bytes):
            try expect(bytes.count <= 125, "a control frame above 125 bytes")
        case nil: break
        }
    }
}
