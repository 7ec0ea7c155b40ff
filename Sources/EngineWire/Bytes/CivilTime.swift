/// A second in UTC as the Gregorian calendar and the clock tell it, and its forms on the wire.
package struct CivilTime: Sendable, Hashable {
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// 1 to 31.
    package let day: Int
    /// Since Sunday, 0 to 6.
    package let weekday: Int
    package let hour: Int
    package let minute: Int
    package let second: Int

    /// The time this many seconds after 1970 began; before it when negative.
    ///
    /// The date by H. Hinnant, "chrono-compatible low-level date algorithms": years begin in March, so that leap
    /// days end them.
    package init(secondsSince1970 seconds: Int) {
        let days = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        let time = (seconds % 86_400 + 86_400) % 86_400
        hour = time / 3_600
        minute = time / 60 % 60
        second = time % 60
        weekday = ((days + 4) % 7 + 7) % 7

        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// IMF-fixdate of RFC 9110 section 5.6.7, which has four digits for the year:
    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    package var httpText: String {
        "\(weekdayName), \(padded(day, 2)) \(monthName) \(padded(year, 4)) \(clock) GMT"
    }

    /// As `toString` of a JavaScript `Date` writes years of four digits where the clock is UTC:
    /// `Sun Nov 06 1994 08:49:37 GMT+0000 (Coordinated Universal Time)`.
    package var dateText: String {
        let date = "\(weekdayName) \(monthName) \(padded(day, 2)) \(padded(year, 4))"
        return "\(date) \(clock) GMT+0000 (Coordinated Universal Time)"
    }

    /// ISO 8601 with milliseconds, as `toISOString` of JavaScript writes years of four digits:
    /// `1994-11-06T08:49:37.000Z`.
    package func isoText(millisecond: Int) -> String {
        "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(clock).\(padded(millisecond, 3))Z"
    }

    private var weekdayName: String { ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][weekday] }
    private var monthName: String {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]
    }
    private var clock: String { "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))" }

    private func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
