/// Decimal numbers in text. Pure.
enum DecimalNumber {
    /// Powers of ten that are exact.
    private static let powers: [Double] = (0...22).map { exponent in
        (0..<exponent).reduce(1.0) { power, _ in power * 10 }
    }

    /// Reads `-12.5`, `.5`, `1e3`. Nil for anything else, such as `nan`, `0x1p3`, or a number that is too large.
    static func real(_ text: Span<UInt8>) -> Double? {
        var digits: UInt64 = 0
        var (count, fraction, index) = (0, 0, 0)
        var isFraction = false
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        while index < text.count {
            let byte = text[index]
            if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                count += 1
                guard count <= 18 else { return slow(text) }
                digits = digits * 10 + UInt64(byte - UInt8(ascii: "0"))
                if isFraction { fraction += 1 }
            } else if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else {
                return slow(text)
            }
            index += 1
        }
        // A whole number of 53 bits and a power up to 10^22 are exact, so their quotient is rounded once (W. Clinger,
        // "How to read floating point numbers accurately").
        guard count > 0 else { return nil }
        guard digits < 1 << 53 else { return slow(text) }
        let value = Double(digits) / powers[fraction]
        return isNegative ? -value : value
    }

    private static func slow(_ text: Span<UInt8>) -> Double? {
        var copy: [UInt8] = []
        copy.reserveCapacity(text.count)
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
                copy.append(text[index])
            default: return nil
            }
        }
        guard let value = Double(String(decoding: copy, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    /// Reads a whole number, with a minus or without.
    static func whole(_ text: Span<UInt8>) -> Int64? {
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        guard text.count > start, text.count <= start + 18 else { return nil }
        var value: Int64 = 0
        for index in start..<text.count {
            let byte = text[index]
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return isNegative ? -value : value
    }
}
