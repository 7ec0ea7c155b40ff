/// Moments as Postgres has them in binary: microseconds since 2000-01-01 00:00 UTC, and two infinities. Ours are
/// milliseconds since 1970; the least and the greatest of them stand for the infinities.
enum PostgresTime {
    /// 2000-01-01 00:00 UTC, in milliseconds since 1970.
    private static let epoch: Int64 = 946_684_800_000
    /// What the server takes: 4714-11-24 00:00 BC up to, but not including, 294277-01-01 (`datatype/timestamp.h`).
    private static let range: Range<Int64> = -211_813_488_000_000_000..<9_223_371_331_200_000_000

    /// Nil for a moment that the server does not take.
    static func microseconds(_ milliseconds: Int64) -> Int64? {
        if milliseconds == .max || milliseconds == .min { return milliseconds }
        let (since2000, isTooEarly) = milliseconds.subtractingReportingOverflow(epoch)
        let (value, isTooFar) = since2000.multipliedReportingOverflow(by: 1_000)
        guard !isTooEarly, !isTooFar, range.contains(value) else { return nil }
        return value
    }

    /// Rounded down. Every value has its milliseconds.
    static func milliseconds(_ microseconds: Int64) -> Int64 {
        if microseconds == .max || microseconds == .min { return microseconds }
        let quotient = microseconds / 1_000
        return (microseconds % 1_000 < 0 ? quotient - 1 : quotient) + epoch
    }
}
