import SocketIO
import TestSupport
import Testing

/// Numbers as JavaScript writes them, and their reading.
@Suite struct `JSON numbers` {
    @Test(
        arguments: [
            (0.0, "0"), (-0.0, "0"), (1, "1"), (-1, "-1"), (1250, "1250"), (1250.75, "1250.75"), (0.1, "0.1"),
            (-0.25, "-0.25"), (100.5, "100.5"), (0.1 + 0.2, "0.30000000000000004"),
            (1.0 / 3, "0.3333333333333333"),
            (123456789.123456789, "123456789.12345679"), (999999999.999999, "999999999.999999"),
            (1e-5, "0.00001"), (0.000001, "0.000001"), (1.5e-6, "0.0000015"), (1e-7, "1e-7"),
            (1.5e-7, "1.5e-7"),
            (123e-20, "1.23e-18"), (Double.leastNonzeroMagnitude, "5e-324"),
            (2.2250738585072014e-308, "2.2250738585072014e-308"),
            (1e15, "1000000000000000"), (1e16, "10000000000000000"),
            (9_007_199_254_740_991, "9007199254740991"),
            (9_007_199_254_740_992, "9007199254740992"), (9_007_199_254_740_994, "9007199254740994"),
            (1.2345678901234568e20, "123456789012345680000"), (1e20, "100000000000000000000"),
            (9.999999999999999e20, "999999999999999900000"), (1e21, "1e+21"), (1.5e21, "1.5e+21"),
            (1.7976931348623157e308, "1.7976931348623157e+308"), (4294967296.5, "4294967296.5"),
        ] as [(Double, String)])
    func `doubles are written as String(n) writes them in JavaScript`(value: Double, text: String) {
        #expect(written(value) == text)
    }

    @Test(
        arguments: [(Float(0.1), "0.1"), (1.5, "1.5"), (16_777_216, "16777216"), (1e-7, "1e-7"), (-0.0, "0")]
            as [(Float, String)])
    func `floats are written with their own digits`(value: Float, text: String) {
        var bytes: [UInt8] = []
        JSONWriter.appendNumber(value, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test func `what is not finite is null`() {
        #expect(written(.infinity) == "null")
        #expect(written(.nan) == "null")
    }

    @Test(
        arguments: [
            (Int64(0), "0"), (7, "7"), (-7, "-7"), (99_999_999, "99999999"), (100_000_000, "100000000"),
            (1_000_000_007, "1000000007"), (.max, "9223372036854775807"), (.min, "-9223372036854775808"),
        ] as [(Int64, String)])
    func `integers are exact`(value: Int64, text: String) throws {
        var bytes: [UInt8] = []
        JSONWriter.appendInteger(value, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        #expect(JSONNumber(text)?.int64 == value)
    }

    @Test func `random doubles keep their value and their shortest digits`() throws {
        var random = SplitMix64(seed: 1)
        for round in 0..<50_000 {
            let value =
                switch round % 3 {
                case 0: Double(bitPattern: random.next())
                case 1: Double(Int64.random(in: -2_000_000_000...2_000_000_000, using: &random)) / 10_000
                default: Double(Int64.random(in: 0..<1 << 60, using: &random)) / 1_234_567
                }
            guard value.isFinite else { continue }
            let text = written(value)
            let number = try #require(JSONNumber(text))
            #expect(number.double == value || value == 0)
            #expect(digits(text) == digits(value.description), "\(text) for \(value)")
        }
    }

    @Test(arguments: [
        "0.1", "1250.75", "123456789012345", "999999999999999", "1234567890123456", "0.000000000000001",
        "9007199254740993", "1e22", "1e23", "8.41e21", "5e-324", "2.4703282292062327e-324", "-0.0", "-1.5",
        "0.1234567890123456", "179769313486231570000000000000", "1.00000000000000011102230246251565404",
    ])
    func `doubles are read to the nearest`(text: String) {
        #expect(JSONNumber(text)?.double == Double(text))
    }

    @Test func `numbers beyond a type give none`() {
        #expect(JSONNumber("1e999")?.double == nil)
        #expect(JSONNumber("9223372036854775808")?.int64 == nil)
        #expect(JSONNumber("9223372036854775808")?.uint64 == 9_223_372_036_854_775_808)
        #expect(JSONNumber("-9223372036854775808")?.int64 == .min)
        #expect(JSONNumber("-9223372036854775809")?.int64 == nil)
        #expect(JSONNumber("18446744073709551616")?.uint64 == nil)
        #expect(JSONNumber("-1")?.uint64 == nil)
        #expect(JSONNumber("1.5")?.int64 == nil)
    }

    @Test func `whole numbers with a fraction or exponent are integers`() {
        #expect(JSONNumber("1.0")?.int64 == 1)
        #expect(JSONNumber("1e3")?.int64 == 1000)
        #expect(JSONNumber("-0")?.int64 == 0)
        #expect(JSONNumber("9007199254740993.0")?.int64 == nil, "a double would have rounded it")
    }

    @Test(arguments: ["", "-", "01", "1.", "+1", ".5", "NaN", "1 ", " 1", "1e", "0x1"])
    func `what JSON does not call a number is none`(text: String) {
        #expect(JSONNumber(text) == nil)
    }

    private func written(_ value: Double) -> String {
        var bytes: [UInt8] = []
        JSONWriter.appendNumber(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The significant digits of a number.
    private func digits(_ text: String) -> String {
        let mantissa = text.split(separator: "e")[0].filter(\.isNumber).drop { $0 == "0" }
        return String(String(mantissa.reversed().drop { $0 == "0" }).reversed())
    }
}
