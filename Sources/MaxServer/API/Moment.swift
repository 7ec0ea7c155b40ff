import EngineNet
import EngineWire
import SocketIO

/// A point in time to the millisecond. In JSON it is ISO 8601 in UTC: `2025-01-15T10:30:00.000Z`.
struct Moment: Sendable, Hashable, Comparable {
    /// Since 1970-01-01 00:00 UTC.
    let milliseconds: Int64

    /// The years 1 to 9999, which ISO 8601 writes with four digits.
    private static let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    /// A moment that is known to be one.
    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Nil for a number that is beyond the years 1 to 9999.
    init?(checking milliseconds: Int64) {
        guard Self.range.contains(milliseconds) else { return nil }
        self.milliseconds = milliseconds
    }

    /// Reads ISO 8601 with a zone; a date alone means its first moment in UTC.
    init?(iso text: String) {
        let whole = text.utf8.count == 10 ? text + "T00:00:00Z" : text
        guard let milliseconds = ISODate.milliseconds(Array(whole.utf8).span) else { return nil }
        self.init(checking: Int64(milliseconds.rounded(.down)))
    }

    /// Before and behind all others.
    static var first: Moment { Moment(milliseconds: range.lowerBound) }
    static var last: Moment { Moment(milliseconds: range.upperBound) }

    static var now: Moment { Moment(milliseconds: Int64(WallClock.milliseconds)) }

    var iso: String {
        let (seconds, rest) = milliseconds.flooredDivision(by: 1_000)
        return CivilTime(secondsSince1970: Int(seconds)).isoText(millisecond: Int(rest))
    }

    static func < (one: Moment, other: Moment) -> Bool { one.milliseconds < other.milliseconds }
}

extension Moment: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let moment = Moment(iso: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time in ISO 8601")
        }
        self = moment
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso)
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
