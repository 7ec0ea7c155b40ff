/// Reading numbers from the text of a JSON number, which the scanner has found well-formed.
enum JSONNumberText {
    /// The exact value as an integer; nil if it has a fraction or does not fit.
    ///
    /// `1.0` and `1e3` are integers, as they are in JavaScript, as long as a `Double` holds them exactly.
    static func integer<Integer: FixedWidthInteger>(_ text: Span<UInt8>) -> Integer? {
        let isNegative = JSONBytes.byte(text, 0) == UInt8(ascii: "-")
        var magnitude: UInt64 = 0
        var at = isNegative ? 1 : 0
        while at < text.count {
            let digit = text[at] &- UInt8(ascii: "0")
            guard digit < 10 else { return wholeDouble(text).flatMap { Integer(exactly: $0) } }
            let (tenfold, overflows) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carries) = tenfold.addingReportingOverflow(UInt64(digit))
            guard !overflows, !carries else { return nil }
            magnitude = sum
            at &+= 1
        }
        if !isNegative { return Integer(exactly: magnitude) }
        guard magnitude <= UInt64(Int64.min.magnitude) else { return nil }
        return Integer(exactly: 0 &- Int64(bitPattern: magnitude))
    }

    /// The value of a number with fraction or exponent, if reading it as a double cannot have rounded it to
    /// an integer.
    private static func wholeDouble(_ text: Span<UInt8>) -> Double? {
        guard let value = double(text), abs(value) < 9_007_199_254_740_992 else { return nil }
        return value
    }

    /// The nearest double; nil if the number is beyond the greatest one.
    static func double(_ text: Span<UInt8>) -> Double? {
        if let value = shortDouble(text) { return value }
        guard let value = Double(JSONScanner.plainText(text)), value.isFinite else { return nil }
        return value
    }

    /// The nearest float; nil if the number is beyond the greatest one.
    static func float(_ text: Span<UInt8>) -> Float? {
        guard let value = Float(JSONScanner.plainText(text)), value.isFinite else { return nil }
        return value
    }

    /// The value of up to 15 digits with an optional point among them: both the digits and the power of ten
    /// are exact doubles, so one division rounds correctly (W. D. Clinger, 1990).
    @inline(__always)
    private static func shortDouble(_ text: Span<UInt8>) -> Double? {
        let isNegative = JSONBytes.byte(text, 0) == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        guard text.count &- start <= 16 else { return nil }
        var digits: UInt64 = 0
        var point = text.count
        var at = start
        while at < text.count {
            let digit = text[at] &- UInt8(ascii: "0")
            if digit < 10 {
                digits = digits &* 10 &+ UInt64(digit)
            } else if text[at] == UInt8(ascii: ".") {
                point = at
            } else {
                return nil
            }
            at &+= 1
        }
        let decimals = point < text.count ? text.count &- point &- 1 : 0
        guard digits < 1_000_000_000_000_000, decimals < powersOfTen.count else { return nil }
        let magnitude = Double(digits) / powersOfTen[decimals]
        return isNegative ? -magnitude : magnitude
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    ]
}
