@testable import EngineWire

/// A second reader of a client's frames, written for comparison: it has all bytes at once and copies each payload.
struct SlowWebSocket {
    private let limits: WebSocketLimits
    private var inflater: SlowInflater?
    private var heard = Heard()
    /// The fragmented message under way.
    private var begun: (isText: Bool, isCompressed: Bool, fragments: [[UInt8]])?

    /// - Parameter compression: nil when none was agreed upon.
    init(limits: WebSocketLimits, compression: SlowInflater?) {
        self.limits = limits
        inflater = compression
    }

    private struct Refusal: Error {
        var code: UInt16
        init(_ code: UInt16) { self.code = code }
    }

    private struct Frame {
        var isFinal: Bool
        var isCompressed: Bool
        var opcode: UInt8
        /// Unmasked; as much of it as there is.
        var payload: [UInt8]
        var isWhole: Bool

        var isControl: Bool { opcode >= 8 }
    }

    mutating func read(_ input: [UInt8]) -> Heard {
        do throws(Refusal) {
            var rest = input[...]
            while let frame = try takeFrame(&rest) {
                guard frame.isWhole else {
                    if !frame.isControl { try checkBeginning(frame) }
                    break
                }
                if frame.isControl { try control(frame) } else { try data(frame) }
                if case .close = heard.messages.last { break }
            }
        } catch {
            heard.refusal = error.code
        }
        return heard
    }

    /// Section 5.2, bit by bit; nil when the header is not whole.
    private func takeFrame(_ rest: inout ArraySlice<UInt8>) throws(Refusal) -> Frame? {
        let bytes = Array(rest)
        guard bytes.count >= 2 else { return nil }
        let opcode = bytes[0] % 16
        let reserved = bytes[0] / 16 % 8
        guard [0, 1, 2, 8, 9, 10].contains(opcode) else { throw Refusal(1002) }
        guard reserved == 0 || reserved == 4 && inflater != nil && (1...2).contains(opcode) else {
            throw Refusal(1002)
        }
        guard bytes[1] >= 128 else { throw Refusal(1002) }
        let short = Int(bytes[1] % 128)
        if opcode >= 8, bytes[0] < 128 || short > 125 { throw Refusal(1002) }
        let wide = short == 126 ? 2 : short == 127 ? 8 : 0
        guard bytes.count >= 2 + wide else { return nil }
        var length: UInt64 = wide == 0 ? UInt64(short) : 0
        for byte in bytes[2..<(2 + wide)] { length = length << 8 + UInt64(byte) }
        if wide == 2, length < 126 { throw Refusal(1002) }
        if wide == 8, length < 65_536 || length >= 1 << 63 { throw Refusal(1002) }
        if opcode < 8, length > UInt64(room(startsCompressed: reserved == 4)) { throw Refusal(1009) }
        guard bytes.count >= 6 + wide else { return nil }
        let key = Array(bytes[(2 + wide)..<(6 + wide)])
        let payload = bytes[(6 + wide)...].prefix(Int(length)).enumerated().map { $1 ^ key[$0 % 4] }
        rest = rest.dropFirst(6 + wide + payload.count)
        return Frame(
            isFinal: bytes[0] >= 128, isCompressed: reserved == 4, opcode: opcode, payload: payload,
            isWhole: UInt64(payload.count) == length)
    }

    /// Bytes that a data frame may have: what the message's others leave. Compressed, they may be a bit more.
    private func room(startsCompressed: Bool) -> Int {
        let used = begun?.fragments.joined().count ?? 0
        let worst = { (count: Int) in count + count / 8 + count / 64 + 16 }
        let room = (begun?.isCompressed == true ? worst(limits.message) : limits.message) - used
        return startsCompressed ? worst(room) : room
    }

    private func admit(_ frame: Frame) throws(Refusal) {
        guard (frame.opcode == 0) == (begun != nil) else { throw Refusal(1002) }
        guard (begun?.fragments.count ?? 0) < limits.fragments else { throw Refusal(1008) }
    }

    /// What can be said of a frame whose end is missing.
    private func checkBeginning(_ frame: Frame) throws(Refusal) {
        try admit(frame)
        let isText = begun?.isText ?? (frame.opcode == 1)
        let isCompressed = begun?.isCompressed ?? frame.isCompressed
        guard isText, !isCompressed else { return }
        guard SlowUTF8.canGoOn(Array((begun?.fragments ?? []).joined()) + frame.payload) else {
            throw Refusal(1007)
        }
    }

    private mutating func control(_ frame: Frame) throws(Refusal) {
        if frame.opcode == 9 { return heard.messages.append(.ping(frame.payload)) }
        if frame.opcode == 10 { return heard.messages.append(.pong(frame.payload)) }
        guard frame.payload.count != 1 else { throw Refusal(1002) }
        guard frame.payload.count > 1 else { return heard.messages.append(.close(1005, [])) }
        let code = UInt16(frame.payload[0]) * 256 + UInt16(frame.payload[1])
        let isKnown = (1000...1014).contains(code) && ![1004, 1005, 1006].contains(code)
        guard isKnown || (3000...4999).contains(code) else { throw Refusal(1002) }
        let reason = Array(frame.payload.dropFirst(2))
        guard SlowUTF8.isValid(reason) else { throw Refusal(1007) }
        heard.messages.append(.close(code, reason))
    }

    private mutating func data(_ frame: Frame) throws(Refusal) {
        try admit(frame)
        var message = begun ?? (isText: frame.opcode == 1, isCompressed: frame.isCompressed, fragments: [])
        message.fragments.append(frame.payload)
        begun = message
        var bytes = Array(message.fragments.joined())
        if message.isText, !message.isCompressed, !SlowUTF8.canGoOn(bytes) { throw Refusal(1007) }
        guard frame.isFinal else { return }
        begun = nil
        if message.isCompressed {
            switch inflater?.message(bytes, limit: limits.message) {
            case .bytes(let inflated): bytes = inflated
            case .tooLarge: throw Refusal(1009)
            case .corrupt, nil: throw Refusal(1007)
            }
        }
        if message.isText, !SlowUTF8.isValid(bytes) { throw Refusal(1007) }
        heard.messages.append(message.isText ? .text(bytes) : .binary(bytes))
    }
}

/// UTF-8 by arithmetic (RFC 3629 section 3).
enum SlowUTF8 {
    static func isValid(_ bytes: [UInt8]) -> Bool { cutCharacter(bytes)?.isEmpty == true }

    /// Whether bytes can follow that make it valid.
    static func canGoOn(_ bytes: [UInt8]) -> Bool {
        guard let cut = cutCharacter(bytes) else { return false }
        return cut.isEmpty || canBeCompleted(cut)
    }

    private static func canBeCompleted(_ cut: [UInt8]) -> Bool {
        // Both ends of each range that a second byte can have.
        let ends: [UInt8] = [0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF]
        return ends.contains { next in
            let more = cut + [next]
            return isValid(more) || more.count < 4 && cutCharacter(more) != nil && canBeCompleted(more)
        }
    }

    /// What the first byte of a character says; 0 when it is none.
    private static func length(_ lead: UInt8) -> Int {
        switch lead {
        case 0..<0x80: 1
        case 0xC0..<0xE0: 2
        case 0xE0..<0xF0: 3
        case 0xF0..<0xF8: 4
        default: 0
        }
    }

    /// The character at the end that is not whole; nil when something before it is wrong.
    private static func cutCharacter(_ bytes: [UInt8]) -> [UInt8]? {
        var rest = bytes[...]
        while let lead = rest.first {
            let length = length(lead)
            guard length > 0 else { return nil }
            let character = rest.prefix(length)
            guard character.dropFirst().allSatisfy({ $0 / 64 == 2 }) else { return nil }
            guard character.count == length else { return Array(character) }
            let bits = length == 1 ? UInt32(lead) : UInt32(lead) % (1 << UInt32(7 - length))
            let value = character.dropFirst().reduce(bits) { $0 * 64 + UInt32($1 % 64) }
            let least: [UInt32] = [0, 0, 0x80, 0x800, 0x1_0000]
            guard value >= least[length], value <= 0x10_FFFF, !(0xD800...0xDFFF ~= value) else { return nil }
            rest = rest.dropFirst(length)
        }
        return []
    }
}
