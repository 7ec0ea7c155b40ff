internal import EngineWire

/// The addresses of `Forwarded` (RFC 7239) or `X-Forwarded-For`, from the end of the list on. Nothing is read
/// before it is asked for.
struct ForwardedHops {
    enum Hop: Equatable {
        case address(IPAddress)
        /// An element that names no address: `unknown`, an obfuscated name, or garbage.
        case unidentified
        case none
    }

    /// Values that were not looked at yet, but for the one being read.
    private var values: [String]
    private var value: [UInt8] = []
    /// Where the unread part of `value` ends; negative when all of it was read.
    private var end = -1
    private let isForwarded: Bool

    init(_ values: [String], isForwarded: Bool) {
        self.values = values
        self.isForwarded = isForwarded
    }

    /// Takes the last address off the list. Empty elements are none (RFC 9110 section 5.6.1.2).
    mutating func last() -> Hop {
        while let range = takeElement() {
            let element = value.span.extracting(Self.trimmed(value.span, range))
            if element.isEmpty { continue }
            let address: IPAddress? =
                if !isForwarded {
                    ForwardedNode.address(element, allowsBareV6: true)
                } else if let node = Self.node(element) {
                    ForwardedNode.address(node.span, allowsBareV6: false)
                } else {
                    nil
                }
            return address.map { .address($0) } ?? .unidentified
        }
        return .none
    }

    /// The place in `value` of the last element that was not read yet.
    private mutating func takeElement() -> Range<Int>? {
        if end < 0 {
            guard let next = values.popLast() else { return nil }
            value = Array(next.utf8)
            end = value.count
        }
        let start = Self.startOfLastElement(value.span.extracting(0..<end), hasQuotes: isForwarded)
        defer { end = start - 1 }
        return start..<end
    }

    /// Where the last element starts. From the end, so that an open quote in what a client made up cannot swallow
    /// what the proxies added behind it.
    private static func startOfLastElement(_ bytes: Span<UInt8>, hasQuotes: Bool) -> Int {
        var isQuoted = false
        var i = bytes.count
        while i > 0 {
            let byte = bytes[i - 1]
            if byte == UInt8(ascii: ","), !isQuoted { return i }
            if hasQuotes, byte == UInt8(ascii: "\""), !isEscaped(bytes, i - 1) { isQuoted.toggle() }
            i -= 1
        }
        return 0
    }

    /// Whether an odd number of backslashes stands before `place`.
    private static func isEscaped(_ bytes: Span<UInt8>, _ place: Int) -> Bool {
        var i = place
        while i > 0, bytes[i - 1] == UInt8(ascii: "\\") { i -= 1 }
        return (place - i) % 2 == 1
    }

    /// The value of `for` in an element of `Forwarded` (RFC 7239 section 4), without quotes; nil when there is none,
    /// when there are two, or when the element is broken. White space around pairs and unquoted colons are forgiven.
    private static func node(_ element: Span<UInt8>) -> [UInt8]? {
        var node: [UInt8]?
        var start = 0
        while start <= element.count {
            guard let end = endOfPair(element, from: start) else { return nil }
            let pair = element.extracting(trimmed(element, start..<end))
            start = end + 1
            if pair.isEmpty { continue }
            var i = 0
            while i < pair.count, ASCII.isToken(pair[i]) { i += 1 }
            guard i > 0, i < pair.count, pair[i] == UInt8(ascii: "="),
                let value = unquoted(pair.extracting((i + 1)..<pair.count))
            else { return nil }
            if pair.extracting(0..<i).equalsIgnoringCase("for") {
                guard node == nil else { return nil }
                node = value
            }
        }
        return node
    }

    /// The place of the semicolon that ends a pair, or the end; nil when a quoted string does not end.
    private static func endOfPair(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var isQuoted = false
        var i = start
        while i < bytes.count, isQuoted || bytes[i] != UInt8(ascii: ";") {
            if bytes[i] == UInt8(ascii: "\"") { isQuoted.toggle() }
            if isQuoted, bytes[i] == UInt8(ascii: "\\") { i += 1 }
            i += 1
        }
        return isQuoted ? nil : i
    }

    /// The content of a value that is a quoted string as a whole or not at all (RFC 9110 section 5.6.4).
    private static func unquoted(_ value: Span<UInt8>) -> [UInt8]? {
        let isQuoted = !value.isEmpty && value[0] == UInt8(ascii: "\"")
        var content: [UInt8] = []
        var i = isQuoted ? 1 : 0
        while i < value.count {
            if value[i] == UInt8(ascii: "\"") { return isQuoted && i == value.count - 1 ? content : nil }
            if isQuoted, value[i] == UInt8(ascii: "\\") { i += 1 }
            guard i < value.count else { return nil }
            content.append(value[i])
            i += 1
        }
        return isQuoted || content.isEmpty ? nil : content
    }

    private static func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, bytes[start] == ASCII.space || bytes[start] == ASCII.tab { start += 1 }
        while end > start, bytes[end - 1] == ASCII.space || bytes[end - 1] == ASCII.tab { end -= 1 }
        return start..<end
    }
}
