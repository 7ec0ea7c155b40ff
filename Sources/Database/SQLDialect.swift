/// Which SQL a database speaks, and how one text serves both.
package enum SQLDialect: String, Sendable, CaseIterable {
    case postgres, sqlite

    /// The words that stand for something else in each: `{{ts}}` is a `TIMESTAMPTZ` here and an `INTEGER` there.
    package static let tokens: [(token: String, postgres: String, sqlite: String)] = [
        ("{{id}}", "TEXT", "TEXT"),
        ("{{ts}}", "TIMESTAMPTZ", "INTEGER"),
        ("{{json}}", "JSONB", "TEXT"),
        ("{{f64}}", "DOUBLE PRECISION", "REAL"),
        ("{{num}}", "NUMERIC(28,10)", "TEXT"),
        ("{{blob}}", "BYTEA", "BLOB"),
        ("{{strict}}", "", " STRICT"),
    ]

    /// The text as this database understands it: tokens replaced, and of the blocks
    ///
    ///     -- only: postgres
    ///     …
    ///     -- end
    ///
    /// those of the other database left out. What is left out leaves its lines empty, so that the database's line
    /// numbers are the file's.
    /// - Throws: `SQLError.refused` for a token that is none, and for a block that is open at the end.
    package func text(_ sql: String) throws(SQLError) -> String {
        guard sql.utf8.contains(UInt8(ascii: "{")) || sql.utf8.contains(UInt8(ascii: "-")) else { return sql }
        var result = ""
        var block: (dialect: SQLDialect, line: Int)?
        for (index, line) in Self.lines(of: sql).enumerated() {
            if index > 0 { result += "\n" }
            switch try Self.marker(line, index + 1) {
            case .begin(let dialect):
                guard block == nil else {
                    throw Self.fault(index + 1, "a block begins inside of another; end that with -- end")
                }
                block = (dialect, index + 1)
            case .end:
                guard block != nil else { throw Self.fault(index + 1, "-- end without -- only:") }
                block = nil
            case nil where block.map { $0.dialect == self } ?? true:
                try replaceTokens(of: line, index + 1, into: &result)
            case nil: break
            }
        }
        if let block {
            throw Self.fault(block.line, "the block -- only: \(block.dialect.rawValue) has no -- end")
        }
        return result
    }

    /// Swift has CR LF as one character.
    private static func lines(of sql: String) -> [Substring] {
        sql.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    private enum Marker {
        case begin(SQLDialect)
        case end
    }

    /// What a line says if it is a comment that begins or ends a block.
    private static func marker(_ line: Substring, _ number: Int) throws(SQLError) -> Marker? {
        guard let words = SQLComment.words(line) else { return nil }
        if words == ["end"] { return .end }
        guard words.first == "only:" else { return nil }
        guard words.count == 2, let dialect = SQLDialect(rawValue: String(words[1])) else {
            throw fault(number, "-- only: is followed by postgres or sqlite")
        }
        return .begin(dialect)
    }

    private func replaceTokens(of line: Substring, _ number: Int, into result: inout String) throws(SQLError)
    {
        var rest = line
        while let brace = rest.firstIndex(of: "{") {
            result += rest[..<brace]
            rest = rest[brace...]
            guard let token = Self.token(at: rest) else {
                result.append(rest.removeFirst())
                continue
            }
            guard let known = Self.tokens.first(where: { $0.token == token }) else {
                let list = Self.tokens.map(\.token).joined(separator: " ")
                throw Self.fault(number, "there is no token \(token); there are \(list)")
            }
            result += self == .postgres ? known.postgres : known.sqlite
            rest = rest.dropFirst(token.count)
        }
        result += rest
    }

    /// `{{word}}` at the beginning of a text. Other braces are SQL's: `'{{1,2},{3,4}}'` is an array of Postgres.
    private static func token(at text: Substring) -> Substring? {
        guard text.hasPrefix("{{") else { return nil }
        let word = text.dropFirst(2).prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard !word.isEmpty, text[word.endIndex...].hasPrefix("}}") else { return nil }
        return text[..<text.index(word.endIndex, offsetBy: 2)]
    }

    private static func fault(_ line: Int, _ reason: String) -> SQLError {
        .refused(code: "text", message: "line \(line): \(reason)")
    }
}

/// Comments of a line of their own, which tell us something: `-- only: sqlite`, `-- migrate:up`.
enum SQLComment {
    /// The words of a line that is a comment and nothing else.
    static func words(_ line: Substring) -> [Substring]? {
        let trimmed = line.drop { $0.isWhitespace }
        guard trimmed.hasPrefix("--") else { return nil }
        return trimmed.dropFirst(2).split { $0.isWhitespace }
    }
}
