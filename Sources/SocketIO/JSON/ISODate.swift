/// Dates as `Date.prototype.toJSON` writes them: ISO 8601 in UTC with milliseconds (ECMA-262, 21.4.1.32).
package enum ISODate {
    /// The greatest distance from 1970 that JavaScript's `Date` knows, in milliseconds.
    static let greatestMilliseconds = 8.64e15

    private static let millisecondsPerDay = 86_400_000

    /// Milliseconds since 1970 of `YYYY-MM-DDThh:mm:ss`, with an optional fraction, and `Z` or `±hh:mm`.
    ///
    /// Years beyond four digits are `±YYYYYY`. Nil for anything else, such as February 30th.
    package static func milliseconds(_ text: Span<UInt8>) -> Double? {
        var reader = Reader()
        guard let year = reader.year(text),
            reader.pass("-", text), let month = reader.number(2, text),
            reader.pass("-", text), let day = reader.number(2, text),
            reader.pass("T", text), let hour = reader.number(2, text),
            reader.pass(":", text), let minute = reader.number(2, text),
            reader.pass(":", text), let second = reader.number(2, text)
        else { return nil }
        guard let fraction = reader.fraction(text), let offset = reader.offset(text), reader.at == text.count,
            (1...12).contains(month), (1...daysIn(month, year)).contains(day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        let seconds = (hour * 60 + minute - offset) * 60 + second
        return Double(days(year, month, day) * millisecondsPerDay + seconds * 1000) + fraction
    }

    /// Appends a date, without quotes; false if it is beyond JavaScript's range or not a number.
    static func append(_ milliseconds: Double, to bytes: inout [UInt8]) -> Bool {
        guard abs(milliseconds) <= greatestMilliseconds else { return false }
        let whole = Int(milliseconds.rounded(.down))
        let days = (whole >= 0 ? whole : whole - millisecondsPerDay + 1) / millisecondsPerDay
        let time = whole - days * millisecondsPerDay
        let (year, month, day) = date(days)
        appendYear(year, to: &bytes)
        appendField("-", month, 2, to: &bytes)
        appendField("-", day, 2, to: &bytes)
        appendField("T", time / 3_600_000, 2, to: &bytes)
        appendField(":", time / 60_000 % 60, 2, to: &bytes)
        appendField(":", time / 1000 % 60, 2, to: &bytes)
        appendField(".", time % 1000, 3, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
        return true
    }

    private static func appendYear(_ year: Int, to bytes: inout [UInt8]) {
        guard (0...9999).contains(year) else {
            return appendField(year < 0 ? "-" : "+", abs(year), 6, to: &bytes)
        }
        for power in [1000, 100, 10, 1] { bytes.append(UInt8(ascii: "0") + UInt8(year / power % 10)) }
    }

    private static func appendField(
        _ mark: Unicode.Scalar, _ value: Int, _ width: Int, to bytes: inout [UInt8]
    ) {
        bytes.append(UInt8(ascii: mark))
        var power = width == 2 ? 10 : width == 3 ? 100 : 100_000
        while power > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / power % 10))
            power /= 10
        }
    }

    private static func daysIn(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970 of a Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms").
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The Gregorian date of a day since 1970; the inverse of `days`.
    private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

/// A place in the text of a date; every method passes what it reads.
private struct Reader {
    var at = 0

    mutating func pass(_ mark: Unicode.Scalar, _ text: Span<UInt8>) -> Bool {
        guard JSONBytes.byte(text, at) == UInt8(ascii: mark) else { return false }
        at += 1
        return true
    }

    mutating func number(_ width: Int, _ text: Span<UInt8>) -> Int? {
        var value = 0
        for offset in at..<at + width {
            let byte = JSONBytes.byte(text, offset)
            guard JSONBytes.isDigit(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        at += width
        return value
    }

    mutating func year(_ text: Span<UInt8>) -> Int? {
        if pass("+", text) { return number(6, text) }
        if pass("-", text) { return number(6, text).map { -$0 } }
        return number(4, text)
    }

    /// Milliseconds; 0 if there is no fraction.
    mutating func fraction(_ text: Span<UInt8>) -> Double? {
        guard pass(".", text) else { return 0 }
        var value = 0.0
        var unit = 100.0
        let start = at
        while JSONBytes.isDigit(JSONBytes.byte(text, at)), at - start < 9 {
            value += Double(JSONBytes.byte(text, at) - UInt8(ascii: "0")) * unit
            unit /= 10
            at += 1
        }
        return at > start ? value : nil
    }

    /// Minutes east of UTC.
    mutating func offset(_ text: Span<UInt8>) -> Int? {
        if pass("Z", text) { return 0 }
        let isWest = JSONBytes.byte(text, at) == UInt8(ascii: "-")
        guard isWest || JSONBytes.byte(text, at) == UInt8(ascii: "+") else { return nil }
        at += 1
        guard let hours = number(2, text), pass(":", text), let minutes = number(2, text), hours < 24,
            minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }
}
