/// Writes scalars as `JSON.stringify` writes them, so that clients see the same bytes from Node and from us.
package enum JSONWriter {
    /// Appends a text in quotes. Only `"`, `\` and control characters are escaped.
    package static func appendString(_ text: String, to bytes: inout [UInt8]) {
        append(text, comma: false, colon: false, to: &bytes)
    }

    /// Appends a text in quotes from its bytes, which are known to be UTF-8.
    static func appendString(utf8 text: Span<UInt8>, to bytes: inout [UInt8]) {
        append(text, comma: false, colon: false, to: &bytes)
    }

    /// Appends the key of an object's member, and its colon.
    /// - Parameter comma: whether a member is before it.
    @inline(__always)
    static func appendKey(_ key: String, comma: Bool, to bytes: inout [UInt8]) {
        append(key, comma: comma, colon: true, to: &bytes)
    }

    private static func append(_ text: String, comma: Bool, colon: Bool, to bytes: inout [UInt8]) {
        // The pointer does not leave the closure. Native strings always have contiguous storage.
        let done: Void? = unsafe text.utf8.withContiguousStorageIfAvailable {
            append(unsafe Span(_unsafeElements: $0), comma: comma, colon: colon, to: &bytes)
        }
        if done == nil { append(Array(text.utf8).span, comma: comma, colon: colon, to: &bytes) }
    }

    private static func append(_ text: Span<UInt8>, comma: Bool, colon: Bool, to bytes: inout [UInt8]) {
        if text.count <= shortLength, skipPlain(text, 0) == text.count {
            return appendShort(text, comma: comma, colon: colon, to: &bytes)
        }
        if comma { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        appendEscaped(text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        if colon { bytes.append(UInt8(ascii: ":")) }
    }

    /// Most texts are short and need no escape; they are put together on the stack and appended in one piece.
    private static let shortLength = 60

    private static func appendShort(_ text: Span<UInt8>, comma: Bool, colon: Bool, to bytes: inout [UInt8]) {
        // Four bytes around the text, which is `shortLength` at most.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: shortLength + 4) { room in
            var count = 0
            if comma {
                unsafe room[0] = UInt8(ascii: ",")
                count = 1
            }
            unsafe room[count] = UInt8(ascii: "\"")
            count &+= 1
            for i in text.indices { unsafe room[count &+ i] = text[i] }
            count &+= text.count
            unsafe room[count] = UInt8(ascii: "\"")
            count &+= 1
            if colon {
                unsafe room[count] = UInt8(ascii: ":")
                count &+= 1
            }
            unsafe bytes.append(contentsOf: UnsafeMutableBufferPointer(rebasing: room[..<count]))
        }
    }

    private static func appendEscaped(_ text: Span<UInt8>, to bytes: inout [UInt8]) {
        var written = 0
        var at = skipPlain(text, 0)
        while at < text.count {
            bytes.append(contentsOf: text, written..<at)
            appendEscape(text[at], to: &bytes)
            written = at + 1
            at = skipPlain(text, written)
        }
        bytes.append(contentsOf: text, written..<text.count)
    }

    /// The offset of the next byte that needs an escape, or the end.
    @inline(__always)
    private static func skipPlain(_ text: Span<UInt8>, _ start: Int) -> Int {
        var at = start
        while let word = JSONBytes.word(text, at) {
            let special = JSONBytes.escapedBytes(of: word)
            if special != 0 { return at &+ special.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < text.count, JSONBytes.isPlain(text[at]) || text[at] >= 0x80 { at &+= 1 }
        return at
    }

    private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0..<0x20:
            bytes.append(contentsOf: "u00".utf8)
            for digit in [byte >> 4, byte & 15] { bytes.append(digit + UInt8(ascii: digit < 10 ? "0" : "W")) }
        default: bytes.append(byte)
        }
    }

    /// Appends an integer.
    package static func appendInteger<Integer: FixedWidthInteger>(_ value: Integer, to bytes: inout [UInt8]) {
        guard let magnitude = UInt64(exactly: value.magnitude) else {
            bytes.append(contentsOf: String(value).utf8)
            return
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDigits(magnitude, to: &bytes)
    }

    static func appendDigits(_ value: UInt64, to bytes: inout [UInt8]) {
        guard value >= 100_000_000 else { return appendDigits(value, atLeast: 1, to: &bytes) }
        appendDigits(value / 100_000_000, to: &bytes)
        appendDigits(value % 100_000_000, atLeast: 8, to: &bytes)
    }

    /// Appends a number below 10^8 with zeros in front, packed so that one copy is enough.
    static func appendDigits(_ value: UInt64, atLeast width: Int, to bytes: inout [UInt8]) {
        var packed: UInt64 = 0
        var rest = value
        var count = 0
        while rest > 0 || count < width {
            packed = packed &<< 8 | (rest % 10 | 0x30)
            rest /= 10
            count &+= 1
        }
        // The pointer does not leave the closure; `count` is at most 8, the size of the integer.
        unsafe withUnsafeBytes(of: packed.littleEndian) {
            unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
    }
}
