extension MessagePackWriter {
    /// Appends a JSON value with what is binary in its places. One pass: MessagePack has its values in the order of
    /// JSON, and the tape knows beforehand how many there are in each array and object.
    /// - Parameter attachments: none, and an object that looks like a placeholder is written as it stands.
    static func append(_ tape: JSONTape, attachments: [[UInt8]], to bytes: inout [UInt8]) {
        var at = 0
        while at < tape.tokens.count {
            let token = tape[at]
            if token.kind == .object, !attachments.isEmpty, let number = tape.placeholder(at: at),
                attachments.indices.contains(number)
            {
                appendBinary(attachments[number], to: &bytes)
                at = tape.next(after: at)
            } else {
                append(token, at, of: tape, to: &bytes)
                at += 1
            }
        }
    }

    private static func append(
        _ token: JSONToken, _ index: Int, of tape: JSONTape, to bytes: inout [UInt8]
    ) {
        switch token.kind {
        case .null: appendNull(to: &bytes)
        case .false: appendBool(false, to: &bytes)
        case .true: appendBool(true, to: &bytes)
        case .array: appendArrayHead(Int(token.count), to: &bytes)
        case .object: appendMapHead(Int(token.count), to: &bytes)
        case .string where token.hasEscapes: appendString(tape.string(at: index), to: &bytes)
        case .string:
            let content = Int(token.start) + 1..<Int(token.end) - 1
            appendStringHead(content.count, to: &bytes)
            bytes.append(contentsOf: tape.bytes.span, content)
        case .number: appendNumber(tape.bytes.span.extracting(tape.range(of: index)), to: &bytes)
        }
    }

    /// Appends a number as JavaScript understands it, but with all digits of integers of 64 bits.
    private static func appendNumber(_ text: Span<UInt8>, to bytes: inout [UInt8]) {
        if JSONBytes.byte(text, 0) == UInt8(ascii: "-"), let value: Int64 = JSONNumberText.integer(text) {
            appendInteger(value, to: &bytes)
        } else if let value: UInt64 = JSONNumberText.integer(text) {
            appendInteger(value, to: &bytes)
        } else {
            // Beyond the greatest double is infinity, as for `JSON.parse`.
            let value = JSONNumberText.double(text) ?? Double(JSONScanner.plainText(text)) ?? 0
            appendDouble(value, to: &bytes)
        }
    }
}
