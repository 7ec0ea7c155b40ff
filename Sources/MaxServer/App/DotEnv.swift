/// Reads `.env` files by python-dotenv's rules, so that a file serves the Python workers and this server alike.
///
/// Pure: text in, values and warnings out. `export ` is allowed; unquoted values end at ` #`; `'…'` knows `\\` and
/// `\'`; `"…"` knows C's escapes and may span lines; `${NAME}` and `${NAME:-default}` expand from earlier lines and
/// the environment; `NAME` alone sets nothing.
struct DotEnv {
    private(set) var values: [String: String] = [:]
    /// One sentence for each line that could not be read, with its number.
    private(set) var warnings: [String] = []

    private let environment: [String: String]
    private let text: [Character]
    private var at = 0
    private var line = 1

    init(_ text: String, environment: [String: String] = [:]) {
        self.text = Array(text.replacing("\r\n", with: "\n"))
        self.environment = environment
        while at < self.text.count { readLine() }
    }

    private var current: Character? { at < text.count ? text[at] : nil }

    private mutating func readLine() {
        let start = line
        skipBlanks()
        guard let first = current else { return }
        if first == "\n" || first == "#" { return skipLine() }
        skipExport()
        let name = readName()
        skipBlanks()
        guard !name.isEmpty, current == "=" || current == "\n" || current == "#" || current == nil else {
            return warn(start)
        }
        guard current == "=" else {
            values[name] = nil
            return skipLine()
        }
        at += 1
        skipBlanks()
        guard let value = readValue() else { return warn(start) }
        values[name] = expanded(value)
    }

    private mutating func skipExport() {
        guard text[at...].starts(with: "export"), at + 6 < text.count else { return }
        guard text[at + 6] != "\n", text[at + 6].isWhitespace else { return }
        at += 6
        skipBlanks()
    }

    private mutating func readName() -> String {
        if current == "'" { return readQuoted("'") ?? "" }
        var name = ""
        while let character = current, character != "=", character != "#", !character.isWhitespace {
            name.append(character)
            at += 1
        }
        return name
    }

    private mutating func readValue() -> String? {
        guard let quote = current, quote == "'" || quote == "\"" else { return readUnquoted() }
        guard let value = readQuoted(quote) else { return nil }
        skipBlanks()
        guard current == nil || current == "\n" || current == "#" else { return nil }
        skipLine()
        return value
    }

    private mutating func readUnquoted() -> String {
        var value = ""
        while let character = current, character != "\n" {
            if character == "#", text[at - 1].isWhitespace { break }
            value.append(character)
            at += 1
        }
        skipLine()
        while value.last?.isWhitespace == true { value.removeLast() }
        return value
    }

    /// The text between quotes; nil, and nothing is taken, when the second one is missing.
    private mutating func readQuoted(_ quote: Character) -> String? {
        let start = (at, line)
        at += 1
        var value = ""
        while let character = current, character != quote {
            at += 1
            if character == "\n" { line += 1 }
            guard character == "\\", let next = current else {
                value.append(character)
                continue
            }
            at += 1
            value += Self.escape(next, in: quote)
        }
        guard current == quote else {
            (at, line) = start
            return nil
        }
        at += 1
        return value
    }

    private static func escape(_ character: Character, in quote: Character) -> String {
        switch (quote, character) {
        case (_, "\\"): "\\"
        case ("'", "'"): "'"
        case ("\"", "\""): "\""
        case ("\"", "'"): "'"
        case ("\"", "n"): "\n"
        case ("\"", "t"): "\t"
        case ("\"", "r"): "\r"
        case ("\"", "a"): "\u{7}"
        case ("\"", "b"): "\u{8}"
        case ("\"", "f"): "\u{C}"
        case ("\"", "v"): "\u{B}"
        default: "\\\(character)"
        }
    }

    /// Replaces `${NAME}` and `${NAME:-default}`.
    private func expanded(_ value: String) -> String {
        var result = ""
        var rest = value[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { break }
            let inner = rest[start.upperBound..<end]
            let colon = inner.firstIndex(of: ":") ?? inner.endIndex
            let name = String(inner[..<colon])
            if colon == inner.endIndex || inner[colon...].hasPrefix(":-") {
                result += environment[name] ?? values[name] ?? String(inner[colon...].dropFirst(2))
            } else {
                result += rest[start.lowerBound...end]
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private mutating func skipBlanks() {
        while let character = current, character != "\n", character.isWhitespace { at += 1 }
    }

    private mutating func skipLine() {
        while at < text.count, text[at] != "\n" { at += 1 }
        at += 1
        line += 1
    }

    private mutating func warn(_ start: Int) {
        skipLine()
        warnings.append("line \(start) of the .env file is not NAME=value; it and all it spans is ignored")
    }
}
