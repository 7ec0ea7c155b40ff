import EngineWire
import TestSupport

/// What the tests compare of a request.
struct Heard: Equatable, CustomStringConvertible {
    /// Method and target, e.g. `GET /a?b=1`.
    var line: String
    var body: String

    init(_ line: String, body: String = "") {
        self.line = line
        self.body = body
    }

    init(_ request: HTTPRequest) {
        self.init(
            "\(request.method.name) \(request.target)", body: String(decoding: request.body, as: UTF8.self))
    }

    var description: String { "\(line) \(body.debugDescription)" }
}

/// A connection to a request decoder: keeps the bytes that were not consumed, as the driver does.
struct RequestReader {
    private var decoder: RequestDecoder
    private var waiting: [UInt8] = []
    /// All requests so far.
    private(set) var requests: [HTTPRequest] = []

    init(limits: HTTPLimits = HTTPLimits()) { decoder = RequestDecoder(limits: limits) }

    var owesContinue: Bool { decoder.owesContinue }
    var isBetweenRequests: Bool { decoder.isBetweenRequests }

    mutating func read(_ bytes: some Sequence<UInt8>) throws(HTTPViolation) {
        waiting += bytes
        while true {
            let bytes = waiting
            let (consumed, event) = try decoder.decode(bytes.span)
            waiting.removeFirst(consumed)
            switch event {
            case .whole(let request): requests.append(request)
            case .head: break
            case nil: return
            }
        }
    }

    /// The only request of a text.
    static func only(_ text: String, limits: HTTPLimits = HTTPLimits()) throws(HTTPViolation) -> HTTPRequest?
    {
        var reader = RequestReader(limits: limits)
        try reader.read(text.utf8)
        return reader.requests.count == 1 ? reader.requests[0] : nil
    }
}

/// What came of bytes that were fed in pieces: all that was heard, and the refusal that ended it.
struct Outcome<Item: Equatable, Refusal: Equatable>: Equatable {
    var heard: [Item] = []
    var refusal: Refusal?
}

extension RequestReader {
    /// Feeds pieces until one is refused.
    static func outcome(_ pieces: [[UInt8]], limits: HTTPLimits = HTTPLimits()) -> Outcome<Heard, Int> {
        var reader = RequestReader(limits: limits)
        do throws(HTTPViolation) {
            for piece in pieces { try reader.read(piece) }
            return Outcome(heard: reader.requests.map { Heard($0) })
        } catch {
            return Outcome(heard: reader.requests.map { Heard($0) }, refusal: error.status)
        }
    }
}

/// What a WebSocket decoder reported, with the bytes in it.
enum Message: Equatable {
    case text(String)
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16, String)
}

/// A connection to a WebSocket decoder.
struct FrameReader {
    private var decoder: WebSocketDecoder
    private var waiting: [UInt8] = []
    /// All messages so far.
    private(set) var messages: [Message] = []

    init(message: Int = 1_000_000, fragments: Int = 1_024, inflater: MessageInflater? = nil) {
        var limits = WebSocketLimits()
        limits.message = message
        limits.fragments = fragments
        decoder = WebSocketDecoder(limits: limits, inflater: inflater)
    }

    /// Reads bytes and returns the messages that became whole.
    mutating func hear(_ bytes: some Sequence<UInt8>) throws(WebSocketViolation) -> [Message] {
        waiting += bytes
        let before = messages.count
        while try readFrame() {}
        return Array(messages[before...])
    }

    /// Takes one frame; false when there is no whole one.
    private mutating func readFrame() throws(WebSocketViolation) -> Bool {
        var offset = 0
        let event = try decode(&offset)
        func bytes(_ range: Range<Int>) -> [UInt8] { Array(waiting[range]) }
        func text(_ range: Range<Int>) -> String { String(decoding: waiting[range], as: UTF8.self) }
        let message: Message? =
            switch event {
            case .needsMore, .fragment: nil
            case .text(let range): .text(text(range))
            case .binary(let range): .binary(bytes(range))
            case .assembledText: .text(String(decoding: decoder.takeAssembled(), as: UTF8.self))
            case .assembledBinary: .binary(decoder.takeAssembled())
            case .ping(let range): .ping(bytes(range))
            case .pong(let range): .pong(bytes(range))
            case .close(let code, let reason): .close(code, text(reason))
            }
        if let message { messages.append(message) }
        waiting.removeFirst(offset)
        return event != .needsMore
    }

    private mutating func decode(_ offset: inout Int) throws(WebSocketViolation) -> WebSocketDecoder.Event {
        var bytes = waiting
        defer { waiting = bytes }
        var span = bytes.mutableSpan
        return try decoder.next(in: &span, at: &offset)
    }

    /// Feeds pieces until one is refused.
    static func outcome(
        _ pieces: [[UInt8]], message: Int = 1_000_000, fragments: Int = 1_024,
        inflater: MessageInflater? = nil
    ) -> Outcome<Message, UInt16> {
        var reader = FrameReader(message: message, fragments: fragments, inflater: inflater)
        do throws(WebSocketViolation) {
            for piece in pieces { _ = try reader.hear(piece) }
            return Outcome(heard: reader.messages)
        } catch {
            return Outcome(heard: reader.messages, refusal: error.closeCode)
        }
    }
}

/// How a client writes frames (RFC 6455 section 5.2).
enum ClientFrame {
    static let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]

    static func text(_ text: String, isFinal: Bool = true) -> [UInt8] {
        frame(0x1, Array(text.utf8), isFinal: isFinal)
    }

    static func binary(_ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        frame(0x2, payload, isFinal: isFinal)
    }

    static func continuation(_ payload: [UInt8], isFinal: Bool) -> [UInt8] {
        frame(0x0, payload, isFinal: isFinal)
    }

    static func continuation(_ text: String, isFinal: Bool) -> [UInt8] {
        continuation(Array(text.utf8), isFinal: isFinal)
    }

    static func ping(_ payload: [UInt8] = []) -> [UInt8] { frame(0x9, payload) }

    static func close(_ payload: [UInt8] = []) -> [UInt8] { frame(0x8, payload) }

    static func close(_ code: UInt16, _ reason: [UInt8] = []) -> [UInt8] {
        close([UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    static func frame(
        _ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true, reserved: UInt8 = 0,
        isMasked: Bool = true
    ) -> [UInt8] {
        var bytes = [(isFinal ? 0x80 : 0) | reserved | opcode]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case 0..<126: bytes.append(mask | UInt8(payload.count))
        case 126..<65_536: bytes += [mask | 126] + bigEndian(payload.count, bytes: 2)
        default: bytes += [mask | 127] + bigEndian(payload.count, bytes: 8)
        }
        guard isMasked else { return bytes + payload }
        return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    /// The first frame of a compressed message (RFC 7692 section 6).
    static func compressed(_ payload: [UInt8], opcode: UInt8 = 0x1, isFinal: Bool = true) -> [UInt8] {
        frame(opcode, payload, isFinal: isFinal, reserved: 0x40)
    }

    static func bigEndian(_ value: Int, bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}

/// All ways in which a suite feeds the same bytes.
enum Splits {
    static func byteByByte(_ bytes: [UInt8]) -> [[UInt8]] { bytes.map { [$0] } }

    /// Two pieces, cut at each place.
    static func cuts(_ bytes: [UInt8]) -> [[[UInt8]]] {
        (0...bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
    }

    static func all(_ bytes: [UInt8]) -> [[[UInt8]]] { [[bytes], byteByByte(bytes)] + cuts(bytes) }

    static func random(_ bytes: [UInt8], _ random: inout SplitMix64) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...40, using: &random))
            pieces.append(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}

extension SplitMix64 {
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// `bytes` with a few of them changed, removed, repeated or added.
    mutating func damaged(_ bytes: [UInt8], inserting alphabet: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &self) {
            let at = Int.random(in: 0..<max(1, bytes.count), using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0 where !bytes.isEmpty: bytes.remove(at: at)
            case 1 where !bytes.isEmpty: bytes[at] = UInt8.random(in: 0...255, using: &self)
            case 2 where !bytes.isEmpty: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 3: bytes.insert(alphabet.randomElement(using: &self) ?? 0, at: min(at, bytes.count))
            default: bytes += bytes[min(at, bytes.count)...].prefix(30)
            }
        }
        return bytes
    }
}
