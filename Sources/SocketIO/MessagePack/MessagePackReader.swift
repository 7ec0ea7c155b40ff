/// Reads MessagePack (github.com/msgpack/msgpack, spec.md) token by token: a place in bytes that the caller holds.
///
/// No declared size is believed: a text ends inside the bytes, and an array has at most as many elements as bytes
/// are left.
struct MessagePackReader: Sendable {
    /// The offset of the next token.
    private(set) var at = 0

    /// Reads the next token.
    mutating func next(_ bytes: Span<UInt8>) throws(MessagePackError) -> MessagePackToken {
        let format = bytes[try take(bytes, 1).lowerBound]
        switch format {
        case 0x00...0x7F: return .unsigned(UInt64(format))
        case 0x80...0x8F: return .map(try plausible(bytes, Int(format & 0x0F), of: 2))
        case 0x90...0x9F: return .array(try plausible(bytes, Int(format & 0x0F), of: 1))
        case 0xA0...0xBF: return .string(try take(bytes, Int(format & 0x1F)))
        case 0xC0: return .null
        case 0xC1: throw .unusedFormat
        case 0xC2: return .bool(false)
        case 0xC3: return .bool(true)
        case 0xC4...0xC6: return .binary(try take(bytes, try size(bytes, width: 1 << (format - 0xC4))))
        case 0xC7...0xC9:
            return try variableExtension(bytes, size: try size(bytes, width: 1 << (format - 0xC7)))
        case 0xCA: return .double(Double(Float(bitPattern: UInt32(try number(bytes, width: 4)))))
        case 0xCB: return .double(Double(bitPattern: try number(bytes, width: 8)))
        case 0xCC...0xCF: return .unsigned(try number(bytes, width: 1 << (format - 0xCC)))
        case 0xD0...0xD3: return try signed(bytes, width: 1 << (format - 0xD0))
        case 0xD4...0xD8: return try fixedExtension(bytes, size: 1 << (format - 0xD4))
        case 0xD9...0xDB: return .string(try take(bytes, try size(bytes, width: 1 << (format - 0xD9))))
        case 0xDC...0xDD: return .array(try count(bytes, width: 2 << (format - 0xDC), of: 1))
        case 0xDE...0xDF: return .map(try count(bytes, width: 2 << (format - 0xDE), of: 2))
        default: return .negative(Int64(Int8(bitPattern: format)))
        }
    }

    /// Passes a value and all that is inside it, however deep; returns its own token.
    mutating func skipValue(_ bytes: Span<UInt8>) throws(MessagePackError) -> MessagePackToken {
        let token = try next(bytes)
        var missing = token.children
        while missing > 0 {
            missing += try next(bytes).children - 1
            // Each of them takes a byte at least; so the sum cannot overflow either.
            guard missing <= bytes.count - at else { throw .truncated }
        }
        return token
    }

    // MARK: Numbers and sizes

    /// The big-endian number of `width` bytes, eight at most.
    @inline(__always)
    private mutating func number(_ bytes: Span<UInt8>, width: Int) throws(MessagePackError) -> UInt64 {
        let range = try take(bytes, width)
        if let word = JSONBytes.word(bytes, range.lowerBound) {
            return word.byteSwapped &>> UInt64(64 - 8 * width)
        }
        var value: UInt64 = 0
        for i in range { value = value &<< 8 | UInt64(bytes[i]) }
        return value
    }

    private mutating func signed(
        _ bytes: Span<UInt8>, width: Int
    ) throws(MessagePackError) -> MessagePackToken {
        let unused = 64 - 8 * width
        let value = Int64(bitPattern: try number(bytes, width: width) << unused) >> unused
        return value < 0 ? .negative(value) : .unsigned(UInt64(value))
    }

    /// A size in bytes or elements: 32 bits at most.
    private mutating func size(_ bytes: Span<UInt8>, width: Int) throws(MessagePackError) -> Int {
        Int(truncatingIfNeeded: try number(bytes, width: width))
    }

    /// Passes `count` bytes; returns where they stand.
    @inline(__always)
    private mutating func take(_ bytes: Span<UInt8>, _ count: Int) throws(MessagePackError) -> Range<Int> {
        guard count <= bytes.count - at else { throw .truncated }
        defer { at += count }
        return at..<at + count
    }

    /// A number of elements that take `least` bytes each at least.
    private mutating func count(
        _ bytes: Span<UInt8>, width: Int, of least: Int
    ) throws(MessagePackError) -> Int {
        // Not in one expression: the bytes that are left are those behind the number.
        let count = try size(bytes, width: width)
        return try plausible(bytes, count, of: least)
    }

    /// A number of elements, if so many may follow.
    private func plausible(
        _ bytes: Span<UInt8>, _ count: Int, of least: Int
    ) throws(MessagePackError) -> Int {
        guard count <= (bytes.count - at) / least else { throw .truncated }
        return count
    }

    // MARK: Extensions

    /// An extension whose format tells its size. Type 0 are notepack's: `undefined` and, in milliseconds, `Date`.
    private mutating func fixedExtension(
        _ bytes: Span<UInt8>, size: Int
    ) throws(MessagePackError) -> MessagePackToken {
        let type = try number(bytes, width: 1)
        switch (type, size) {
        case (0, 1):
            _ = try take(bytes, 1)
            return .undefined
        case (0, 8): return .date(Double(Int64(bitPattern: try number(bytes, width: 8))))
        default: return try timestamp(bytes, type: type, size: size)
        }
    }

    /// An extension that says its size. Type 0 is what notepack writes for typed arrays and `ArrayBuffer`.
    private mutating func variableExtension(
        _ bytes: Span<UInt8>, size: Int
    ) throws(MessagePackError) -> MessagePackToken {
        let type = try number(bytes, width: 1)
        return type == 0 ? .binary(try take(bytes, size)) : try timestamp(bytes, type: type, size: size)
    }

    /// The one extension of the specification, type -1: seconds, and nanoseconds in two of its forms.
    private mutating func timestamp(
        _ bytes: Span<UInt8>, type: UInt64, size: Int
    ) throws(MessagePackError) -> MessagePackToken {
        let (seconds, nanoseconds): (Int64, UInt64)
        switch (type, size) {
        case (0xFF, 4): (seconds, nanoseconds) = (Int64(try number(bytes, width: 4)), 0)
        case (0xFF, 8):
            let both = try number(bytes, width: 8)
            (seconds, nanoseconds) = (Int64(both & 0x3_FFFF_FFFF), both >> 34)
        case (0xFF, 12):
            nanoseconds = try number(bytes, width: 4)
            seconds = Int64(bitPattern: try number(bytes, width: 8))
        default: throw .unknownExtension
        }
        guard nanoseconds < 1_000_000_000 else { throw .illegalTimestamp }
        return .date(Double(seconds) * 1000 + Double(nanoseconds / 1_000_000))
    }
}
