/// Writes MessagePack as notepack does: integers and sizes in the fewest bytes, other numbers as doubles.
enum MessagePackWriter {
    static func appendNull(to bytes: inout [UInt8]) { bytes.append(0xC0) }

    static func appendBool(_ value: Bool, to bytes: inout [UInt8]) { bytes.append(value ? 0xC3 : 0xC2) }

    /// Appends an integer; one that is not negative always in an unsigned format.
    static func appendInteger(_ value: Int64, to bytes: inout [UInt8]) {
        guard value < 0 else { return appendInteger(UInt64(value), to: &bytes) }
        let bits = UInt64(bitPattern: value)
        switch value {
        case (-0x20)...: appendBigEndian(bits, width: 1, to: &bytes)
        case (-0x80)...: append(0xD0, bits, width: 1, to: &bytes)
        case (-0x8000)...: append(0xD1, bits, width: 2, to: &bytes)
        case (-0x8000_0000)...: append(0xD2, bits, width: 4, to: &bytes)
        default: append(0xD3, bits, width: 8, to: &bytes)
        }
    }

    static func appendInteger(_ value: UInt64, to bytes: inout [UInt8]) {
        switch value {
        case ..<0x80: bytes.append(UInt8(value))
        case ..<0x100: append(0xCC, value, width: 1, to: &bytes)
        case ..<0x1_0000: append(0xCD, value, width: 2, to: &bytes)
        case ..<0x1_0000_0000: append(0xCE, value, width: 4, to: &bytes)
        default: append(0xCF, value, width: 8, to: &bytes)
        }
    }

    static func appendDouble(_ value: Double, to bytes: inout [UInt8]) {
        append(0xCB, value.bitPattern, width: 8, to: &bytes)
    }

    // MARK: Heads. Sizes are below 2^32, which is all that the format can say.

    /// Appends what stands before the UTF-8 of a text of `size` bytes.
    static func appendStringHead(_ size: Int, to bytes: inout [UInt8]) {
        switch size {
        case ..<0x20: bytes.append(0xA0 | UInt8(size))
        case ..<0x100: append(0xD9, UInt64(size), width: 1, to: &bytes)
        case ..<0x1_0000: append(0xDA, UInt64(size), width: 2, to: &bytes)
        default: append(0xDB, UInt64(size), width: 4, to: &bytes)
        }
    }

    static func appendString(_ text: String, to bytes: inout [UInt8]) {
        appendStringHead(text.utf8.count, to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    static func appendBinary(_ content: [UInt8], to bytes: inout [UInt8]) {
        switch content.count {
        case ..<0x100: append(0xC4, UInt64(content.count), width: 1, to: &bytes)
        case ..<0x1_0000: append(0xC5, UInt64(content.count), width: 2, to: &bytes)
        default: append(0xC6, UInt64(content.count), width: 4, to: &bytes)
        }
        bytes.append(contentsOf: content)
    }

    /// Appends what stands before `count` elements.
    static func appendArrayHead(_ count: Int, to bytes: inout [UInt8]) {
        appendContainer(0x90, 0xDC, count, to: &bytes)
    }

    /// Appends what stands before `count` members.
    static func appendMapHead(_ count: Int, to bytes: inout [UInt8]) {
        appendContainer(0x80, 0xDE, count, to: &bytes)
    }

    private static func appendContainer(
        _ small: UInt8, _ format: UInt8, _ count: Int, to bytes: inout [UInt8]
    ) {
        switch count {
        case ..<0x10: bytes.append(small | UInt8(count))
        case ..<0x1_0000: append(format, UInt64(count), width: 2, to: &bytes)
        default: append(format + 1, UInt64(count), width: 4, to: &bytes)
        }
    }

    private static func append(_ format: UInt8, _ value: UInt64, width: Int, to bytes: inout [UInt8]) {
        bytes.append(format)
        appendBigEndian(value, width: width, to: &bytes)
    }

    /// Appends the lowest `width` bytes of a number.
    private static func appendBigEndian(_ value: UInt64, width: Int, to bytes: inout [UInt8]) {
        let packed = (value &<< UInt64(64 - 8 * width)).bigEndian
        // The pointer does not leave the closure; `width` is at most 8, the size of the integer.
        unsafe withUnsafeBytes(of: packed) {
            unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<width]))
        }
    }
}
