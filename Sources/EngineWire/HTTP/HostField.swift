/// The grammar of `Host` and of a URL's authority: `uri-host [ ":" port ]` (RFC 9110 section 7.2, RFC 3986
/// section 3.2.2). Something else might be read differently by whoever stands between.
enum HostField {
    /// - Parameter mayBeEmpty: a `Host` field may have no value; the host of a URL may not.
    static func isValid(_ value: Span<UInt8>, mayBeEmpty: Bool) -> Bool {
        guard !value.isEmpty else { return mayBeEmpty }
        let end = value[0] == UInt8(ascii: "[") ? endOfLiteral(value) : endOfName(value)
        guard let end, end > 0 else { return false }
        return end == value.count || isPort(value.extracting(end..<value.count))
    }

    /// Behind `[::1]`: only what such an address consists of is checked.
    private static func endOfLiteral(_ value: Span<UInt8>) -> Int? {
        var i = 1
        while i < value.count, value[i] != UInt8(ascii: "]") {
            guard ASCII.isUnreserved(value[i]) || value[i] == UInt8(ascii: ":") else { return nil }
            i += 1
        }
        // The shortest is `::`, and a name in brackets is none.
        guard i < value.count, i >= 3, value.extracting(1..<i).contains(UInt8(ascii: ":")) else { return nil }
        return i + 1
    }

    private static func endOfName(_ value: Span<UInt8>) -> Int? {
        var i = 0
        while i < value.count, value[i] != UInt8(ascii: ":") {
            if value[i] == UInt8(ascii: "%") {
                guard i + 2 < value.count, ASCII.hexValue(value[i + 1]) != nil,
                    ASCII.hexValue(value[i + 2]) != nil
                else { return nil }
                i += 3
            } else {
                guard ASCII.isUnreserved(value[i]) || isSubDelimiter(value[i]) else { return nil }
                i += 1
            }
        }
        return i
    }

    /// `sub-delims` of RFC 3986, without the comma: two hosts must not look like one.
    private static func isSubDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ";"), UInt8(ascii: "="):
            true
        default: false
        }
    }

    private static func isPort(_ text: Span<UInt8>) -> Bool {
        guard text[0] == UInt8(ascii: ":"), text.count <= 6 else { return false }
        for i in 1..<text.count where !ASCII.isDigit(text[i]) { return false }
        return true
    }
}

extension Span where Element == UInt8 {
    fileprivate func contains(_ byte: UInt8) -> Bool {
        for i in indices where self[i] == byte { return true }
        return false
    }
}
