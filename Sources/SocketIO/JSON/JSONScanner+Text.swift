extension JSONScanner {
    /// The text of the JSON string at `range`, quotes included in the range; nil if no string stands there.
    ///
    /// A lone surrogate escape becomes U+FFFD, as in every well-formed UTF-8 that JavaScript writes.
    package static func string(in bytes: Span<UInt8>, range: Range<Int>) -> String? {
        guard range.count >= 2, range.lowerBound >= 0, range.upperBound <= bytes.count,
            bytes[range.lowerBound] == UInt8(ascii: "\""), bytes[range.upperBound - 1] == UInt8(ascii: "\"")
        else { return nil }
        let content = bytes.extracting(range.lowerBound + 1..<range.upperBound - 1)
        guard let firstEscape = offsetOfBackslash(in: content) else { return plainText(content) }
        return unescaped(content, from: firstEscape)
    }

    /// The text of bytes that hold no escapes.
    static func plainText(_ content: Span<UInt8>) -> String {
        // The pointer does not leave the closure; bytes that are not UTF-8 are repaired.
        unsafe content.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private static func offsetOfBackslash(in content: Span<UInt8>) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var at = 0
        while let word = JSONBytes.word(content, at) {
            let difference = word ^ (ones &* 0x5C)
            if (difference &- ones) & ~difference & (ones &* 0x80) != 0 { break }
            at += 8
        }
        while at < content.count, content[at] != UInt8(ascii: "\\") { at += 1 }
        return at < content.count ? at : nil
    }

    /// The text of the inside of a string, whose first backslash is at `firstEscape`.
    private static func unescaped(_ content: Span<UInt8>, from firstEscape: Int) -> String? {
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        var at = firstEscape
        text.append(contentsOf: content, 0..<at)
        while at < content.count {
            guard content[at] == UInt8(ascii: "\\") else {
                let start = at
                while at < content.count, content[at] != UInt8(ascii: "\\") { at += 1 }
                text.append(contentsOf: content, start..<at)
                continue
            }
            guard at + 1 < content.count else { return nil }
            let letter = content[at + 1]
            at += 2
            if letter == UInt8(ascii: "u") {
                guard let scalar = unicodeEscape(content, &at) else { return nil }
                text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            } else {
                guard let byte = meaning(ofEscape: letter) else { return nil }
                text.append(byte)
            }
        }
        return plainText(text.span)
    }

    private static func meaning(ofEscape letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// The character of `XXXX` or `XXXX\uXXXX` at `at`, behind the first `\u`.
    private static func unicodeEscape(_ content: Span<UInt8>, _ at: inout Int) -> Unicode.Scalar? {
        guard let first = fourDigits(content, at) else { return nil }
        at += 4
        guard first & 0xFC00 == 0xD800 else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        guard at + 1 < content.count, content[at] == UInt8(ascii: "\\"), content[at + 1] == UInt8(ascii: "u"),
            let second = fourDigits(content, at + 2), second & 0xFC00 == 0xDC00
        else { return "\u{FFFD}" }
        at += 6
        return Unicode.Scalar(0x10000 + UInt32(first & 0x3FF) << 10 + UInt32(second & 0x3FF)) ?? "\u{FFFD}"
    }

    private static func fourDigits(_ content: Span<UInt8>, _ start: Int) -> UInt16? {
        guard start + 4 <= content.count else { return nil }
        var value: UInt16 = 0
        for at in start..<start + 4 {
            guard let digit = JSONBytes.hexDigit(content[at]) else { return nil }
            value = value << 4 | digit
        }
        return value
    }
}

extension [UInt8] {
    /// Appends a part of a span in one copy.
    mutating func append(contentsOf bytes: Span<UInt8>, _ range: Range<Int>) {
        // The pointer does not leave the closure.
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
