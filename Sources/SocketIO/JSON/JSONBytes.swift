/// Questions about single bytes and words of eight, used by the scanner, the decoder and the writer.
enum JSONBytes {
    /// The byte at `offset`, or 0 behind the end: JSON has no use for NUL, so only an error has to tell them
    /// apart.
    @inline(__always)
    static func byte(_ bytes: Span<UInt8>, _ offset: Int) -> UInt8 {
        // One unsigned comparison proves that the offset is inside.
        guard UInt(bitPattern: offset) < UInt(bitPattern: bytes.count) else { return 0 }
        return unsafe bytes[unchecked: offset]
    }

    /// Eight bytes from `offset`, the first in the lowest bits; nil if fewer are left.
    @inline(__always)
    static func word(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64? {
        guard offset >= 0, offset <= bytes.count &- 8 else { return nil }
        // The eight bytes are inside, and every bit pattern is a UInt64.
        let word = unsafe bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
        return UInt64(littleEndian: word)
    }

    /// A word whose lowest set bit is the highest bit of the first byte that is `"`, `\`, below 0x20 or above
    /// 0x7F; zero if there is none.
    ///
    /// Subtracting borrows from the next byte only after a hit, so bits above the lowest may be wrong.
    @inline(__always)
    static func specialBytes(of word: UInt64) -> UInt64 {
        escapedBytes(of: word) | word & 0x8080_8080_8080_8080
    }

    /// The same without bytes above 0x7F: those that JSON has to escape in a string.
    @inline(__always)
    static func escapedBytes(of word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = (word ^ (ones &* 0x22)) &- ones
        let backslashes = (word ^ (ones &* 0x5C)) &- ones
        let controls = word &- (ones &* 0x20)
        return (quotes | backslashes | controls) & ~word & (ones &* 0x80)
    }

    /// Whether a byte stands for itself in a string and is ASCII.
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Whether a byte is `0` to `9`.
    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }

    /// The value of a hexadecimal digit.
    static func hexDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The length of the well-formed character of two to four bytes at `offset`, or 0 (RFC 3629, section 4).
    static func lengthOfCharacter(_ bytes: Span<UInt8>, _ offset: Int) -> Int {
        let left = bytes.count - offset
        let lead = bytes[offset]
        switch lead {
        case 0xC2...0xDF:
            return left >= 2 && isContinuation(bytes[offset + 1]) ? 2 : 0
        case 0xE0...0xEF:
            guard left >= 3, isContinuation(bytes[offset + 1]), isContinuation(bytes[offset + 2]) else {
                return 0
            }
            // Neither a longer form than needed nor a surrogate.
            let second = bytes[offset + 1]
            return (lead != 0xE0 || second >= 0xA0) && (lead != 0xED || second < 0xA0) ? 3 : 0
        case 0xF0...0xF4:
            guard left >= 4, isContinuation(bytes[offset + 1]), isContinuation(bytes[offset + 2]),
                isContinuation(bytes[offset + 3])
            else { return 0 }
            // Neither a longer form than needed nor above U+10FFFF.
            let second = bytes[offset + 1]
            return (lead != 0xF0 || second >= 0x90) && (lead != 0xF4 || second < 0x90) ? 4 : 0
        default:
            return 0
        }
    }

    private static func isContinuation(_ byte: UInt8) -> Bool {
        byte & 0xC0 == 0x80
    }
}
