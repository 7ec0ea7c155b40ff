/// Makes text from outside fit for a line of a log.
package enum LogText {
    /// Longest text, in bytes of UTF-8. With time and scope a line stays below 4,096 bytes, which a pipe takes as a
    /// whole (`PIPE_BUF` of Linux).
    static let limit = 4_000

    /// `text` as one line that says nothing but what it says: control characters, line separators and marks that
    /// change the direction of what follows are escaped (`\n`, `\u{1B}`), and what is too long is cut.
    package static func line(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            let before = line.utf8.count
            if isForgery(scalar) { line += escaped(scalar) } else { line.unicodeScalars.append(scalar) }
            if line.utf8.count > limit {
                // Without the character or escape that did not fit.
                line = String(decoding: line.utf8.prefix(before), as: UTF8.self)
                return line + "…"
            }
        }
        return line
    }

    private static func isForgery(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true  // C0, DEL, C1
        case 0x2028, 0x2029: true  // line and paragraph separators
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // direction
        default: false
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
    }
}
