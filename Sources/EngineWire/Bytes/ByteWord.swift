/// Eight bytes at a time, for loops that look for a few bytes among many.
enum ByteWord {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Eight bytes from `offset`, the first in the lowest bits; nil if fewer are left before `end`.
    @inline(__always)
    static func load(_ bytes: Span<UInt8>, _ offset: Int, before end: Int) -> UInt64? {
        guard offset >= 0, end <= bytes.count, offset <= end &- 8 else { return nil }
        // The eight bytes are inside, and every bit pattern is a UInt64.
        return UInt64(
            littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// How many bytes stand before the first CR or LF; 8 if there is none.
    @inline(__always)
    static func bytesBeforeLineEnd(_ word: UInt64) -> Int {
        first(zeros(word ^ (ones &* 0x0D)) | zeros(word ^ (ones &* 0x0A)))
    }

    /// How many bytes stand before the first control character; 8 if there is none.
    @inline(__always)
    static func bytesBeforeControl(_ word: UInt64) -> Int {
        first((word &- (ones &* 0x20)) & ~word & highs | zeros(word ^ (ones &* 0x7F)))
    }

    /// How many bytes stand before the first space or control character; 8 if there is none.
    @inline(__always)
    static func bytesBeforeSpaceOrControl(_ word: UInt64) -> Int {
        first((word &- (ones &* 0x21)) & ~word & highs | zeros(word ^ (ones &* 0x7F)))
    }

    /// How many bytes stand before the first that is `byte`; 8 if there is none.
    @inline(__always)
    static func bytesBefore(_ byte: UInt8, _ word: UInt64) -> Int {
        first(zeros(word ^ (ones &* UInt64(byte))))
    }

    /// The highest bit of each byte that is zero. Subtracting borrows from the next byte only after a hit, so bits above
    /// the lowest may be wrong.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }

    @inline(__always)
    private static func first(_ hits: UInt64) -> Int { hits.trailingZeroBitCount &>> 3 }
}
