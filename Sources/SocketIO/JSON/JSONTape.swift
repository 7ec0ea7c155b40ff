/// One value, or one key of an object, in a `JSONTape`.
struct JSONToken {
    /// The first byte.
    var start: UInt32
    /// The offset behind the last byte.
    var end: UInt32
    /// The index of the token behind this one and everything inside it.
    var next: UInt32
    /// How many elements an array has, or members an object.
    var count: UInt32 = 0
    /// What it is; keys are strings.
    var kind: JSONKind
    /// Whether a string has a backslash in it.
    var hasEscapes = false
}

/// The index of every token of one JSON value, in the order of the text; members are two neighbours, key and
/// value.
///
/// It can only be made from valid JSON, so reading it needs no further checks of the grammar. A token takes
/// 20 bytes, so the densest text (`[1,1,1]`) costs ten times its size while it is decoded.
struct JSONTape {
    /// The buffer that the value stands in.
    let bytes: [UInt8]
    /// The tokens; the first is the value itself.
    let tokens: [JSONToken]

    /// Validates and indexes the value at `range`, which it has to fill but for white space.
    init(_ bytes: [UInt8], range: Range<Int>, depthLimit: Int) throws(JSONError) {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
            throw JSONError(.unexpectedEnd, at: bytes.count)
        }
        var builder = TapeBuilder(capacity: min(range.count / 6 + 4, 4096))
        let text = bytes.span.extracting(first: range.upperBound)
        let end = try JSONScanner.scan(text, from: range.lowerBound, depthLimit: depthLimit, into: &builder)
        try JSONScanner.expectEnd(text, end)
        self.bytes = bytes
        tokens = builder.tokens
    }

    /// The token at `index`.
    subscript(index: Int) -> JSONToken {
        @inline(__always) get { tokens[index] }
    }

    /// The index behind the token at `index` and everything inside it.
    @inline(__always)
    func next(after index: Int) -> Int {
        Int(tokens[index].next)
    }

    /// The bytes of the token at `index`, quotes included.
    @inline(__always)
    func range(of index: Int) -> Range<Int> {
        let token = tokens[index]
        return Int(token.start)..<Int(token.end)
    }

    /// The text of the string or key at `index`.
    func string(at index: Int) -> String {
        let token = tokens[index]
        if token.hasEscapes {
            // The scanner has seen that every escape is complete, so there is always a text.
            return JSONScanner.string(in: bytes.span, range: range(of: index)) ?? ""
        }
        return JSONScanner.plainText(bytes.span.extracting(Int(token.start) + 1..<Int(token.end) - 1))
    }
}

/// Collects the tokens while the scanner validates.
private struct TapeBuilder: JSONTokenSink {
    private(set) var tokens: [JSONToken] = []
    /// The container being read; its `next` holds the index of the one around it until it closes.
    private var innermost = 0

    init(capacity: Int) {
        tokens.reserveCapacity(capacity)
    }

    mutating func opened(_ kind: JSONKind, at offset: Int, depth: Int) {
        if depth > 0 { tokens[innermost].count &+= 1 }
        let start = UInt32(truncatingIfNeeded: offset)
        let outer = UInt32(truncatingIfNeeded: innermost)
        innermost = tokens.count
        tokens.append(JSONToken(start: start, end: start, next: outer, kind: kind))
    }

    mutating func closed(before offset: Int, depth: Int) {
        let outer = Int(tokens[innermost].next)
        tokens[innermost].end = UInt32(truncatingIfNeeded: offset)
        tokens[innermost].next = UInt32(truncatingIfNeeded: tokens.count)
        innermost = outer
    }

    mutating func scalar(_ kind: JSONKind, _ range: Range<Int>, hasEscapes: Bool, depth: Int) {
        if depth > 0 { tokens[innermost].count &+= 1 }
        append(kind, range, hasEscapes)
    }

    mutating func key(_ range: Range<Int>, hasEscapes: Bool) {
        append(.string, range, hasEscapes)
    }

    @inline(__always)
    private mutating func append(_ kind: JSONKind, _ range: Range<Int>, _ hasEscapes: Bool) {
        tokens.append(
            JSONToken(
                start: UInt32(truncatingIfNeeded: range.lowerBound),
                end: UInt32(truncatingIfNeeded: range.upperBound),
                next: UInt32(truncatingIfNeeded: tokens.count + 1), kind: kind, hasEscapes: hasEscapes))
    }
}
