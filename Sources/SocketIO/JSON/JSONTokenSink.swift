/// What a JSON value is, as told by its first byte.
enum JSONKind: UInt8, Sendable {
    case null, `false`, `true`, number, string, array, object
}

/// Receives the tokens of a text while `JSONScanner` validates it. Offsets count from the start of the
/// buffer.
///
/// The scanner is specialised for each sink, so a method that does nothing costs nothing.
protocol JSONTokenSink {
    /// An array or object begins at `offset`; `depth` containers are open around it.
    mutating func opened(_ kind: JSONKind, at offset: Int, depth: Int)
    /// The innermost array or object ends before `offset`; `depth` containers are open around it.
    mutating func closed(before offset: Int, depth: Int)
    /// A string (with its quotes), number or literal; `depth` containers are open around it.
    mutating func scalar(_ kind: JSONKind, _ range: Range<Int>, hasEscapes: Bool, depth: Int)
    /// A member's key, with its quotes.
    mutating func key(_ range: Range<Int>, hasEscapes: Bool)
}

/// Validates only.
struct NoTokens: JSONTokenSink {
    mutating func opened(_ kind: JSONKind, at offset: Int, depth: Int) {}
    mutating func closed(before offset: Int, depth: Int) {}
    mutating func scalar(_ kind: JSONKind, _ range: Range<Int>, hasEscapes: Bool, depth: Int) {}
    mutating func key(_ range: Range<Int>, hasEscapes: Bool) {}
}

/// Notes the ranges of the elements of the outermost array.
struct ElementTokens: JSONTokenSink {
    private(set) var ranges = ArgumentRanges()
    private var start: UInt32 = 0

    mutating func opened(_ kind: JSONKind, at offset: Int, depth: Int) {
        if depth == 1 { start = UInt32(truncatingIfNeeded: offset) }
    }

    mutating func closed(before offset: Int, depth: Int) {
        if depth == 1 { ranges.append(start..<UInt32(truncatingIfNeeded: offset)) }
    }

    mutating func scalar(_ kind: JSONKind, _ range: Range<Int>, hasEscapes: Bool, depth: Int) {
        guard depth == 1 else { return }
        let bounds = (
            UInt32(truncatingIfNeeded: range.lowerBound), UInt32(truncatingIfNeeded: range.upperBound)
        )
        ranges.append(bounds.0..<bounds.1)
    }

    mutating func key(_ range: Range<Int>, hasEscapes: Bool) {}
}
