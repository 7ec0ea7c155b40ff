/// The items of a query string, decoded one by one: `a=1&b=%20` gives `("a", "1")`, `("b", " ")`.
///
/// `+` means a space, as in forms and in Node's `querystring`. An escape that is not two hexadecimal digits
/// stays as it is.
package struct QueryItems: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>

    package init(_ query: ArraySlice<UInt8>) { rest = query }

    package mutating func next() -> (name: String, value: String)? {
        nextRaw().map { (Self.decoded($0.name), Self.decoded($0.value)) }
    }

    /// The next item as it was sent.
    package mutating func nextRaw() -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        while !rest.isEmpty {
            let (whole, start) = (rest, rest.startIndex)
            let bytes = whole.span
            let end = bytes.firstIndex(of: UInt8(ascii: "&")) ?? bytes.count
            rest = whole[(start + Swift.min(end + 1, bytes.count))...]
            guard end > 0 else { continue }
            let equals = bytes.extracting(0..<end).firstIndex(of: UInt8(ascii: "=")) ?? end
            return (
                whole[start..<(start + equals)], whole[(start + Swift.min(equals + 1, end))..<(start + end)]
            )
        }
        return nil
    }

    /// The value of the first item called `name`. Only that one is decoded, and names that have escapes.
    package func first(_ name: String) -> String? {
        var items = self
        while let item = items.nextRaw() {
            let isFound =
                Self.isEscaped(item.name.span)
                ? Self.decoded(item.name) == name : item.name.span.equals(name.utf8.span)
            if isFound { return Self.decoded(item.value) }
        }
        return nil
    }

    /// Whether the bytes may stand for others.
    package static func isEscaped(_ bytes: Span<UInt8>) -> Bool {
        bytes.firstIndex(of: UInt8(ascii: "%")) != nil || bytes.firstIndex(of: UInt8(ascii: "+")) != nil
    }

    /// Text of percent-encoded bytes.
    package static func decoded(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool = true) -> String {
        guard isEscaped(bytes.span) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var i = bytes.startIndex
        while i < bytes.endIndex {
            if bytes[i] == UInt8(ascii: "%"), i + 2 < bytes.endIndex, let high = ASCII.hexValue(bytes[i + 1]),
                let low = ASCII.hexValue(bytes[i + 2])
            {
                output.append(high << 4 | low)
                i += 3
            } else {
                output.append(plusIsSpace && bytes[i] == UInt8(ascii: "+") ? ASCII.space : bytes[i])
                i += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
