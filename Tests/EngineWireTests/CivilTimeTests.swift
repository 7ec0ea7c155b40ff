import EngineWire
import Testing

/// Expected texts are those of `toUTCString`, `toISOString` and `toString` in JavaScript.
@Suite struct `The calendar` {
    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.007Z"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59.007Z"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.007Z"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00.007Z"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT", "2000-03-01T00:00:00.007Z"),
            (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00.007Z"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT", "2100-02-28T23:59:59.007Z"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01T00:00:00.007Z"),
            (-11_644_473_600, "Mon, 01 Jan 1601 00:00:00 GMT", "1601-01-01T00:00:00.007Z"),
            (-62_135_596_800, "Mon, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00.007Z"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59.007Z"),
        ])
    func `is written as in HTTP and as in ISO 8601`(seconds: Int, http: String, iso: String) {
        let time = CivilTime(secondsSince1970: seconds)
        #expect(time.httpText == http)
        #expect(time.isoText(millisecond: 7) == iso)
    }

    @Test(arguments: [
        (784_111_777, "Sun Nov 06 1994 08:49:37 GMT+0000 (Coordinated Universal Time)"),
        (1_709_164_800, "Thu Feb 29 2024 00:00:00 GMT+0000 (Coordinated Universal Time)"),
    ])
    func `is written as a date in words`(seconds: Int, text: String) {
        #expect(CivilTime(secondsSince1970: seconds).dateText == text)
    }

    /// 400 years are the whole pattern of leap years.
    @Test func `goes from each day to the next for 400 years`() {
        var yesterday = CivilTime(secondsSince1970: -100_001 * 86_400)
        var wrong: [CivilTime] = []
        for day in -100_000...46_097 {
            let today = CivilTime(secondsSince1970: day * 86_400 + 86_399)
            let isNext = today.day == yesterday.day + 1 && today.month == yesterday.month
            let isNewMonth = today.day == 1 && (28...31).contains(yesterday.day)
            let isEvening = (today.hour, today.minute, today.second) == (23, 59, 59)
            let isNextWeekday = today.weekday == (yesterday.weekday + 1) % 7
            if !(isNext || isNewMonth) || !isEvening || !isNextWeekday { wrong.append(today) }
            yesterday = today
        }
        #expect(wrong.isEmpty)
    }

    @Test func `takes any number`() async {
        await #expect(processExitsWith: .success) {
            for seconds in [Int.min, .max] { _ = CivilTime(secondsSince1970: seconds).httpText }
        }
    }
}
