internal import EngineWire

/// The binary form of `numeric` as the text that Postgres itself would show.
///
/// The form is four times 16 bits, most significant byte first: how many digits follow, the weight of the first, the
/// sign, and how many decimals are shown; then the digits, to the base of 10,000 (`numeric_send`).
enum NumericText {
    private enum Sign {
        static let positive: UInt16 = 0x0000
        static let negative: UInt16 = 0x4000
        static let notANumber: UInt16 = 0xC000
        static let infinity: UInt16 = 0xD000
        static let negativeInfinity: UInt16 = 0xF000
    }

    /// Nil when the bytes are no numeric.
    static func text(_ bytes: Span<UInt8>) -> String? {
        guard bytes.count >= 8 else { return nil }
        let count = Int(bytes.bigEndian(UInt16.self, at: 0))
        guard bytes.count == 8 + 2 * count else { return nil }
        let weight = Int(Int16(bitPattern: bytes.bigEndian(UInt16.self, at: 2)))
        let decimals = Int(bytes.bigEndian(UInt16.self, at: 6))
        let sign = bytes.bigEndian(UInt16.self, at: 4)
        switch sign {
        case Sign.notANumber: return "NaN"
        case Sign.infinity: return "Infinity"
        case Sign.negativeInfinity: return "-Infinity"
        case Sign.positive, Sign.negative: break
        default: return nil
        }
        for i in 0..<count where bytes.bigEndian(UInt16.self, at: 8 + 2 * i) > 9_999 { return nil }

        func digit(_ index: Int) -> Int {
            0 <= index && index < count ? Int(bytes.bigEndian(UInt16.self, at: 8 + 2 * index)) : 0
        }
        var text: [UInt8] = sign == Sign.negative ? [UInt8(ascii: "-")] : []
        text.append(decimal: weight >= 0 ? digit(0) : 0)
        for place in stride(from: 1, through: weight, by: 1) { append(digit(place), 4, to: &text) }
        guard decimals > 0 else { return String(decoding: text, as: UTF8.self) }
        text.append(UInt8(ascii: "."))
        var left = decimals
        var place = weight + 1
        while left > 0 {
            append(digit(place), min(left, 4), to: &text)
            left -= 4
            place += 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the first `count` of the four decimal digits of `value`.
    private static func append(_ value: Int, _ count: Int, to text: inout [UInt8]) {
        var divisor = 1_000
        for _ in 0..<count {
            text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
