/// Validates JSON (RFC 8259) in one pass, without recursion, allocation or copying.
///
/// It accepts what `JSON.parse` accepts, as clients were written against that, with one difference: nesting
/// is limited. Lone surrogate escapes (`"\ud83d"`) pass, because `JSON.stringify` writes them. Numbers stay
/// text: their range is a question for whoever decodes them.
package enum JSONScanner {
    /// Arrays and objects inside each other that a text may have, unless the caller gives another limit.
    package static let greatestDepth = 512

    /// Validates a text that is one array, and reports where its elements stand.
    ///
    /// White space around the array is allowed, anything else is refused.
    package static func scanArray(
        _ bytes: Span<UInt8>, from start: Int = 0, depthLimit: Int = greatestDepth
    ) throws(JSONError) -> ArgumentRanges {
        var tokens = ElementTokens()
        var first = max(start, 0)
        guard skipSpace(bytes, &first) == UInt8(ascii: "[") else {
            throw problem(.notAnArray, bytes, first)
        }
        let end = try scan(bytes, from: first, depthLimit: depthLimit, into: &tokens)
        try expectEnd(bytes, end)
        return tokens.ranges
    }

    /// Validates a text that is one value of any kind.
    ///
    /// White space around the value is allowed, anything else is refused.
    package static func validateValue(
        _ bytes: Span<UInt8>, from start: Int = 0, depthLimit: Int = greatestDepth
    ) throws(JSONError) {
        var tokens = NoTokens()
        let end = try scan(bytes, from: start, depthLimit: depthLimit, into: &tokens)
        try expectEnd(bytes, end)
    }

    /// Validates the value at `start`, tells `sink` its tokens, and returns the offset behind it.
    static func scan<Sink: JSONTokenSink>(
        _ bytes: Span<UInt8>, from start: Int, depthLimit: Int, into sink: inout Sink
    ) throws(JSONError) -> Int {
        guard bytes.count <= Int(UInt32.max) else { throw JSONError(.tooLong, at: Int(UInt32.max)) }
        var open = ContainerStack()
        var at = max(start, 0)
        nextValue: while true {
            let byte = skipSpace(bytes, &at)
            switch byte {
            case UInt8(ascii: "\""):
                let (end, hasEscapes) = try skipString(bytes, at)
                sink.scalar(.string, at..<end, hasEscapes: hasEscapes, depth: open.depth)
                at = end
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let end = try skipNumber(bytes, at)
                sink.scalar(.number, at..<end, hasEscapes: false, depth: open.depth)
                at = end
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = byte == UInt8(ascii: "{")
                guard open.depth < depthLimit else { throw JSONError(.tooDeep, at: at) }
                sink.opened(isObject ? .object : .array, at: at, depth: open.depth)
                open.push(isObject: isObject)
                at &+= 1
                if skipSpace(bytes, &at) == byte &+ 2 { break }  // "]" is "[" + 2, "}" is "{" + 2
                if isObject { try skipKey(bytes, &at, into: &sink) }
                continue nextValue
            default:
                let kind = try literal(bytes, at)
                let end = at &+ (kind == .false ? 5 : 4)
                sink.scalar(kind, at..<end, hasEscapes: false, depth: open.depth)
                at = end
            }
            // A value is complete, or its container is empty: go on behind the comma, or close what ends
            // here.
            while open.depth > 0 {
                let byte = skipSpace(bytes, &at)
                if byte == UInt8(ascii: ",") {
                    at &+= 1
                    if open.isObject { try skipKey(bytes, &at, into: &sink) }
                    continue nextValue
                }
                guard byte == (open.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw problem(open.isObject ? .noCommaInObject : .noCommaInArray, bytes, at)
                }
                at &+= 1
                open.pop()
                sink.closed(before: at, depth: open.depth)
            }
            return at
        }
    }

    /// Passes a key and its colon.
    @inline(__always)
    private static func skipKey<Sink: JSONTokenSink>(
        _ bytes: Span<UInt8>, _ at: inout Int, into sink: inout Sink
    ) throws(JSONError) {
        guard skipSpace(bytes, &at) == UInt8(ascii: "\"") else { throw problem(.noKey, bytes, at) }
        let (end, hasEscapes) = try skipString(bytes, at)
        sink.key(at..<end, hasEscapes: hasEscapes)
        at = end
        guard skipSpace(bytes, &at) == UInt8(ascii: ":") else { throw problem(.noColon, bytes, at) }
        at &+= 1
    }

    /// Checks that only white space is left.
    static func expectEnd(_ bytes: Span<UInt8>, _ end: Int) throws(JSONError) {
        var rest = end
        _ = skipSpace(bytes, &rest)
        guard rest >= bytes.count else { throw JSONError(.trailingBytes, at: rest) }
    }

    /// The error for a byte that does not fit, which behind the end is that the text ends.
    @inline(never)
    static func problem(_ kind: JSONError.Kind, _ bytes: Span<UInt8>, _ offset: Int) -> JSONError {
        JSONError(offset < bytes.count ? kind : .unexpectedEnd, at: min(offset, bytes.count))
    }
}

/// Whether each open container is an object: one bit each, so that what peers may send needs no memory but the frame's.
private struct ContainerStack {
    private(set) var depth = 0
    /// The innermost levels, the last in the lowest bit.
    private var bits: UInt64 = 0
    /// Full words of 64 levels further out. Not an InlineArray, which needs macOS 26.
    private var outer = SIMD8<UInt64>()
    /// Those that do not fit there: of texts of our own, which may be as deep as the application likes.
    private var further: [UInt64] = []

    var isObject: Bool {
        @inline(__always) get { bits & 1 != 0 }
    }

    @inline(__always)
    mutating func push(isObject: Bool) {
        if depth & 63 == 0, depth > 0 { save(word: depth >> 6 - 1) }
        bits = bits &<< 1 | (isObject ? 1 : 0)
        depth &+= 1
    }

    @inline(__always)
    mutating func pop() {
        depth &-= 1
        bits = bits &>> 1
        if depth & 63 == 0, depth > 0 { restore(word: depth >> 6 - 1) }
    }

    private mutating func save(word: Int) {
        if word < outer.scalarCount { outer[word] = bits } else { further.append(bits) }
    }

    private mutating func restore(word: Int) {
        bits = word < outer.scalarCount ? outer[word] : further.popLast() ?? 0
    }
}
