import Database
import PostgresClient
import Testing

@Suite("Values that are not what they should be")
struct DamagedValueTests {
    static let lengths: [(type: PostgresType, good: Set<Int>)] = [
        (.bool, [1]), (.int2, [2]), (.int4, [4]), (.oid, [4]), (.int8, [8]), (.float4, [4]), (.float8, [8]),
        (.timestamptz, [8]), (.timestamp, [8]), (.uuid, [16]),
    ]

    private func decode(_ bytes: [UInt8], _ type: PostgresType) -> Result<SQLValue, ResultValue.Problem> {
        Result { () throws(ResultValue.Problem) in try ResultValue.decode(bytes.span, as: type) }
    }

    @Test(arguments: lengths) func `a value of the wrong length is refused`(
        type: PostgresType, good: Set<Int>
    ) {
        for length in 0...20 where !good.contains(length) {
            #expect(decode(Array(repeating: 1, count: length), type) == .failure(.malformed(type)))
        }
    }

    @Test func `a numeric that is cut off anywhere, or has impossible digits, is refused`() {
        let good: [UInt8] = [0, 2, 0, 0, 0, 0, 0, 2, 0, 12, 0x13, 0x88]
        #expect(decode(good, .numeric) == .success("12.50"))
        for count in good.indices {
            #expect(decode(Array(good[..<count]), .numeric) == .failure(.malformed(.numeric)))
        }
        var bad = good
        (bad[8], bad[9]) = (0x27, 0x10)
        #expect(decode(bad, .numeric) == .failure(.malformed(.numeric)))
        (bad[4], bad[8]) = (0x10, 0)
        #expect(decode(bad, .numeric) == .failure(.malformed(.numeric)))
    }

    @Test func `a jsonb of an unknown version, and a type that is not known, are refused`() {
        #expect(decode([], .jsonb) == .failure(.malformed(.jsonb)))
        #expect(decode([2, 0x7B, 0x7D], .jsonb) == .failure(.malformed(.jsonb)))
        let interval = PostgresType(rawValue: 1186)
        #expect(decode([1], interval) == .failure(.unsupported(interval)))
    }
}
