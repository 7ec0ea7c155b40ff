/// White space, strings, numbers and literals: each function passes one token and returns the offset behind
/// it.
extension JSONScanner {
    /// Passes white space; returns the byte behind it, 0 at the end.
    @inline(__always)
    static func skipSpace(_ bytes: Span<UInt8>, _ at: inout Int) -> UInt8 {
        // Nothing but white space is below 0x21 where white space may stand: one comparison on the usual way.
        let byte = JSONBytes.byte(bytes, at)
        if byte > 0x20 { return byte }
        // Not `inout` for a function that is called: the offset would live in memory from then on.
        at = skipSpaces(bytes, at)
        return JSONBytes.byte(bytes, at)
    }

    @inline(never)
    private static func skipSpaces(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var at = start
        while true {
            switch JSONBytes.byte(bytes, at) {
            case 0x20, 0x0A, 0x0D, 0x09: at &+= 1
            default: return at
            }
        }
    }

    /// Passes the string whose opening quote is at `start`; the end is behind its closing quote.
    @inline(__always)
    static func skipString(
        _ bytes: Span<UInt8>, _ start: Int
    ) throws(JSONError) -> (end: Int, hasEscapes: Bool) {
        let at = skipPlain(bytes, start &+ 1)
        if JSONBytes.byte(bytes, at) == UInt8(ascii: "\"") { return (at &+ 1, false) }
        return try skipRest(bytes, at)
    }

    /// Passes the rest of a string from its first byte that is not plain.
    @inline(never)
    private static func skipRest(
        _ bytes: Span<UInt8>, _ start: Int
    ) throws(JSONError) -> (end: Int, hasEscapes: Bool) {
        var at = start
        var hasEscapes = false
        while true {
            let byte = JSONBytes.byte(bytes, at)
            if byte == UInt8(ascii: "\"") { return (at &+ 1, hasEscapes) }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                at = try skipEscape(bytes, at)
            } else if byte >= 0x80 {
                let length = JSONBytes.lengthOfCharacter(bytes, at)
                guard length > 0 else { throw JSONError(.malformedUTF8, at: at) }
                at &+= length
                if JSONBytes.byte(bytes, at) >= 0x80 { continue }
            } else {
                throw problem(.controlCharacter, bytes, at)
            }
            at = skipPlain(bytes, at)
        }
    }

    /// Passes printable ASCII other than `"` and `\`, eight bytes at a time.
    @inline(__always)
    private static func skipPlain(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var at = start
        while let word = JSONBytes.word(bytes, at) {
            let special = JSONBytes.specialBytes(of: word)
            if special != 0 { return at &+ special.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while JSONBytes.isPlain(JSONBytes.byte(bytes, at)) { at &+= 1 }
        return at
    }

    private static func skipEscape(_ bytes: Span<UInt8>, _ backslash: Int) throws(JSONError) -> Int {
        switch JSONBytes.byte(bytes, backslash &+ 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return backslash &+ 2
        case UInt8(ascii: "u"):
            for at in backslash &+ 2..<backslash &+ 6 {
                guard at < bytes.count else { throw JSONError(.unexpectedEnd, at: at) }
                guard JSONBytes.hexDigit(bytes[at]) != nil else {
                    throw JSONError(.malformedEscape, at: backslash)
                }
            }
            return backslash &+ 6
        default:
            guard backslash &+ 1 < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
            throw JSONError(.malformedEscape, at: backslash)
        }
    }

    /// Passes `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
    @inline(__always)
    static func skipNumber(_ bytes: Span<UInt8>, _ start: Int) throws(JSONError) -> Int {
        var at = start
        var byte = JSONBytes.byte(bytes, at)
        if byte == UInt8(ascii: "-") {
            at &+= 1
            byte = JSONBytes.byte(bytes, at)
        }
        if byte == UInt8(ascii: "0") {
            at &+= 1
            byte = JSONBytes.byte(bytes, at)
            if JSONBytes.isDigit(byte) { throw JSONError(.malformedNumber, at: start) }
        } else {
            at = try skipDigits(bytes, at, of: start)
            byte = JSONBytes.byte(bytes, at)
        }
        if byte == UInt8(ascii: ".") {
            at = try skipDigits(bytes, at &+ 1, of: start)
            byte = JSONBytes.byte(bytes, at)
        }
        return byte | 0x20 == UInt8(ascii: "e") ? try skipExponent(bytes, at, of: start) : at
    }

    private static func skipExponent(
        _ bytes: Span<UInt8>, _ start: Int, of number: Int
    ) throws(JSONError) -> Int {
        let sign = JSONBytes.byte(bytes, start &+ 1)
        let hasSign = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
        return try skipDigits(bytes, start &+ (hasSign ? 2 : 1), of: number)
    }

    @inline(__always)
    private static func skipDigits(
        _ bytes: Span<UInt8>, _ first: Int, of number: Int
    ) throws(JSONError) -> Int {
        var at = first
        while JSONBytes.isDigit(JSONBytes.byte(bytes, at)) { at &+= 1 }
        guard at != first else {
            throw at < bytes.count
                ? JSONError(.malformedNumber, at: number) : JSONError(.unexpectedEnd, at: at)
        }
        return at
    }

    /// Which of `true`, `false` and `null` stands at `start`.
    static func literal(_ bytes: Span<UInt8>, _ start: Int) throws(JSONError) -> JSONKind {
        let kind: JSONKind
        let rest: StaticString
        switch JSONBytes.byte(bytes, start) {
        case UInt8(ascii: "t"): (kind, rest) = (.true, "rue")
        case UInt8(ascii: "f"): (kind, rest) = (.false, "alse")
        case UInt8(ascii: "n"): (kind, rest) = (.null, "ull")
        default: throw problem(.noValue, bytes, start)
        }
        for index in 0..<rest.utf8CodeUnitCount {
            let at = start &+ 1 &+ index
            guard at < bytes.count else { throw JSONError(.unexpectedEnd, at: at) }
            // The index is below the literal's own length.
            guard unsafe bytes[at] == rest.utf8Start[index] else {
                throw JSONError(.misspeltLiteral, at: start)
            }
        }
        return kind
    }
}
