/// Byte classes and comparisons of ASCII text, without `String`.
package enum ASCII {
    package static let cr = UInt8(ascii: "\r")
    package static let lf = UInt8(ascii: "\n")
    package static let space = UInt8(ascii: " ")
    package static let tab = UInt8(ascii: "\t")

    /// `tchar` of RFC 9110 section 5.6.2: what a method and a field name consist of.
    package static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// `field-vchar`, space and tab of RFC 9110 section 5.5; bytes above 0x7F are opaque and allowed.
    package static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0x7F : byte == tab
    }

    /// Whether all bytes may stand in a field's value.
    package static func isFieldValue(_ bytes: Span<UInt8>) -> Bool {
        var i = 0
        while i < bytes.count {
            if let word = ByteWord.load(bytes, i, before: bytes.count) {
                let plain = ByteWord.bytesBeforeControl(word)
                i += plain
                if plain == 8 { continue }
            }
            guard isFieldValue(bytes[i]) else { return false }
            i += 1
        }
        return true
    }

    /// `unreserved` of RFC 3986 section 2.3: what stands in a query without an escape.
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    package static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    package static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// The value of a hexadecimal digit, or nil.
    package static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension Span where Element == UInt8 {
    /// Whether the bytes are `text`, whatever the case of ASCII letters.
    package func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for i in indices {
            let other = unsafe text.utf8Start[i]
            if ASCII.lowercased(self[i]) != ASCII.lowercased(other) { return false }
        }
        return true
    }

    /// The first place of `byte` from `start` on; nil if there is none.
    package func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        var i = start
        while i < count {
            if let word = ByteWord.load(self, i, before: count) {
                let others = ByteWord.bytesBefore(byte, word)
                i += others
                if others == 8 { continue }
                return i
            }
            if self[i] == byte { return i }
            i += 1
        }
        return nil
    }

    /// Whether the bytes are the same.
    package func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var i = 0
        while i < count {
            if let word = ByteWord.load(self, i, before: count),
                let otherWord = ByteWord.load(other, i, before: count)
            {
                guard word == otherWord else { return false }
                i += 8
            } else {
                guard self[i] == other[i] else { return false }
                i += 1
            }
        }
        return true
    }

    /// Whether the bytes are exactly `text`.
    package func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for i in indices {
            let other = unsafe text.utf8Start[i]
            if self[i] != other { return false }
        }
        return true
    }

    /// The unsigned decimal number that the bytes spell; nil when empty, not all digits, or too large.
    package func decimal() -> Int? {
        guard !isEmpty, count <= 18 else { return nil }
        var value = 0
        for i in indices {
            guard ASCII.isDigit(self[i]) else { return nil }
            value = value * 10 + Int(self[i] - UInt8(ascii: "0"))
        }
        return value
    }
}

extension String {
    /// Text of these bytes, with U+FFFD where they are not UTF-8.
    package init(lossy bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension Array where Element == UInt8 {
    /// Appends the bytes of a span.
    package mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends a literal's bytes.
    package mutating func append(_ text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends an integer in decimal digits.
    package mutating func append(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        // From the last digit on: dividing by a constant is cheap, dividing by a variable is not.
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = 20
        var rest = value.magnitude
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        for i in first..<20 { append(digits[i]) }
    }
}
