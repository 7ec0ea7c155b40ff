import Foundation
import SocketIO
import Testing

/// Dates as JavaScript sends and expects them.
@Suite struct `JSON dates` {
    @Test(
        arguments: [
            ("2025-01-15T10:30:00.000Z", 1_736_937_000_000), ("1970-01-01T00:00:00.000Z", 0),
            ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29T12:00:00.001Z", 951_825_600_001),
            ("0000-01-01T00:00:00.000Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
            ("+010000-01-01T00:00:00.000Z", 253_402_300_800_000),
            ("-000001-12-31T23:59:59.999Z", -62_167_219_200_001),
            ("+275760-09-13T00:00:00.000Z", 8_640_000_000_000_000),
            ("-271821-04-20T00:00:00.000Z", -8_640_000_000_000_000),
        ] as [(String, Int)])
    func `dates are written and read as toJSON writes them`(text: String, milliseconds: Int) throws {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        #expect(try ArgumentCoding.encode(date) == "\"\(text)\"")
        #expect(try ArgumentCoding.encode([date]) == "[\"\(text)\"]")
        #expect(try ArgumentCoding.decode(Date.self, "\"\(text)\"") == date)
        #expect(try ArgumentCoding.decode([Date].self, "[\(milliseconds)]") == [date])
    }

    @Test(arguments: [
        ("2025-01-15T10:30:00Z", 1_736_937_000.0), ("2025-01-15T12:30:00+02:00", 1_736_937_000),
        ("2025-01-15T05:00:00.5-05:30", 1_736_937_000.5),
        ("2025-01-15T10:30:00.123456Z", 1_736_937_000.123456),
    ])
    func `other forms of ISO 8601 are read`(text: String, seconds: Double) throws {
        let date = try ArgumentCoding.decode(Date.self, "\"\(text)\"")
        #expect(abs(date.timeIntervalSince1970 - seconds) < 1e-6)
    }

    @Test(arguments: [
        "", "2025", "2025-01-15", "2025-01-15T10:30", "2025-01-15T10:30:00", "2025-01-15 10:30:00Z",
        "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-02-29T00:00:00Z", "2025-04-31T00:00:00Z",
        "2025-01-15T24:00:00Z", "2025-01-15T10:60:00Z", "2025-01-15T10:30:60Z", "2025-01-15T10:30:00.Z",
        "2025-01-15T10:30:00Zx", "2025-01-15T10:30:00+0200", "20250-01-15T10:30:00Z", "2025-1-15T10:30:00Z",
        "é",
    ])
    func `text that is no date is refused`(text: String) {
        #expect(throws: DecodingError.self) { _ = try ArgumentCoding.decode(Date.self, "\"\(text)\"") }
    }

    @Test func `dates that JavaScript does not know are refused`() {
        for seconds in [Double.nan, .infinity, 8.640001e12, -8.640001e12] {
            #expect(throws: EncodingError.self) {
                _ = try ArgumentCoding.encode(Date(timeIntervalSince1970: seconds))
            }
        }
    }

    @Test func `every day of four centuries is written as Foundation writes it`() throws {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for day in stride(from: -80_000, to: 80_000, by: 7) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 3_661.25)
            #expect(try ArgumentCoding.encode(date) == "\"\(date.formatted(style))\"")
        }
    }
}
