import Database
import EngineNet

/// Ids that the server makes: a word for the kind, and a UUID of version 7 (RFC 9562 section 5.7), which sorts by time.
enum Identifier {
    static func make(_ kind: String) -> String {
        var generator = SystemRandomNumberGenerator()
        return make(kind, milliseconds: UInt64(WallClock.milliseconds), generator.next(), generator.next())
    }

    static func make(_ kind: String, milliseconds: UInt64, _ first: UInt64, _ second: UInt64) -> String {
        let high = milliseconds << 16 | 0x7000 | (first & 0x0FFF)
        let low = (second & (1 << 62 - 1)) | 1 << 63
        let digits = [high, low].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        var groups: [Substring] = []
        var rest = digits[...]
        for length in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return "\(kind)-\(groups.joined(separator: "-"))"
    }
}
