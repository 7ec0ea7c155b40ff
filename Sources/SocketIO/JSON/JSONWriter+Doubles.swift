/// Doubles in JavaScript's notation (ECMA-262, 6.1.6.1.20): the fewest digits that read back as the same
/// number.
extension JSONWriter {
    /// Appends a double: `1250` rather than `1250.0`, `1e+21`, `1e-7`; minus zero is `0`, and what is not
    /// finite is `null`, as in `JSON.stringify`.
    package static func appendNumber(_ value: Double, to bytes: inout [UInt8]) {
        guard value.isFinite else { return bytes.append(contentsOf: "null".utf8) }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let magnitude = abs(value)
        if magnitude < 9_007_199_254_740_992 {
            let whole = Int64(magnitude)
            if Double(whole) == magnitude { return appendDigits(UInt64(whole), to: &bytes) }
            if appendShort(magnitude, to: &bytes) { return }
        }
        ShortestDigits(magnitude).append(to: &bytes)
    }

    /// Appends a number of at most 15 digits, six of them behind the point: prices, most of the time.
    ///
    /// Different decimals of 15 digits are different doubles. So if the quotient, which is rounded once, is
    /// the number, then these are its shortest digits.
    private static func appendShort(_ magnitude: Double, to bytes: inout [UInt8]) -> Bool {
        guard magnitude < 1e9 else { return false }
        let millionths = Int64(magnitude * 1e6 + 0.5)
        guard millionths >= 1, Double(millionths) / 1e6 == magnitude else { return false }
        let whole = UInt64(millionths) / 1_000_000
        var fraction = UInt64(millionths) % 1_000_000
        var width = 6
        while fraction % 10 == 0, width > 1 {
            fraction /= 10
            width -= 1
        }
        appendDigits(whole, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        appendDigits(fraction, atLeast: width, to: &bytes)
        return true
    }

    /// Appends a float with the fewest digits that read back as the same float.
    package static func appendNumber(_ value: Float, to bytes: inout [UInt8]) {
        guard value.isFinite else { return bytes.append(contentsOf: "null".utf8) }
        guard value != 0 else { return bytes.append(UInt8(ascii: "0")) }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        ShortestDigits(abs(value)).append(to: &bytes)
    }
}

/// The shortest decimal of a positive number: the standard library finds the digits, we set the point.
private struct ShortestDigits {
    /// The digits as ASCII, without zeros at either end.
    private var digits: [UInt8] = []
    /// Where the point stands, counted from the first digit.
    private var point = 0

    init(_ value: some BinaryFloatingPoint & CustomStringConvertible) {
        var exponent = 0
        var hasPoint = false
        var text = value.description.utf8[...]
        while let byte = text.popFirst() {
            switch byte {
            case UInt8(ascii: "."):
                hasPoint = true
            case UInt8(ascii: "e"):
                exponent = Int(String(decoding: text, as: UTF8.self)) ?? 0
                text = text.suffix(0)
            default:
                if byte != UInt8(ascii: "0") || !digits.isEmpty {
                    digits.append(byte)
                    if !hasPoint { point += 1 }
                } else if hasPoint {
                    point -= 1
                }
            }
        }
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        point += exponent
    }

    func append(to bytes: inout [UInt8]) {
        switch point {
        case 1...21 where digits.count <= point:
            bytes.append(contentsOf: digits)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: point - digits.count))
        case 1...21:
            bytes.append(contentsOf: digits[..<point])
            bytes.append(UInt8(ascii: "."))
            bytes.append(contentsOf: digits[point...])
        case -5...0:
            bytes.append(contentsOf: "0.".utf8)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -point))
            bytes.append(contentsOf: digits)
        default:
            bytes.append(contentsOf: digits.prefix(1))
            if digits.count > 1 {
                bytes.append(UInt8(ascii: "."))
                bytes.append(contentsOf: digits.dropFirst())
            }
            bytes.append(contentsOf: (point > 0 ? "e+" : "e-").utf8)
            JSONWriter.appendInteger(abs(point - 1), to: &bytes)
        }
    }
}
