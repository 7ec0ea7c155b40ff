/// One step of the schema, from a file `NNNN_name.sql`:
///
///     -- migrate:up
///     CREATE TABLE …
///
///     -- migrate:down
///     DROP TABLE …
///
/// Each part runs in a transaction, unless it has a line `-- no-transaction`, or such a line stands above both: for
/// what Postgres does in none, such as CREATE INDEX CONCURRENTLY, which must then be the only statement of the part.
/// Tokens and blocks of `SQLDialect` may be used.
package struct Migration: Sendable, Hashable {
    /// The direction that is asked for.
    package enum Direction: String, Sendable { case up, down }

    /// A part of the file.
    package struct Part: Sendable, Hashable {
        /// As written, with LF at the end of lines.
        package let sql: String
        package let isTransactional: Bool

        package init(sql: String, isTransactional: Bool) {
            self.sql = sql
            self.isTransactional = isTransactional
        }
    }

    package let version: Int
    package let name: String
    package let up: Part
    /// Nil when there is no way back.
    package let down: Part?
    /// SHA-256 of the up part as written, so that it is the same for both databases and on every system.
    package let checksum: String

    /// What people call it: the file's name without its end.
    package var label: String { Self.label(version, name) }

    static func label(_ version: Int, _ name: String) -> String {
        let digits = "\(version)"
        return "\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)_\(name)"
    }

    /// - Parameters:
    ///   - file: its name, without a folder.
    ///   - text: its content.
    package init(file: String, _ text: String) throws(MigrationError) {
        guard file.hasSuffix(".sql"), let underscore = file.firstIndex(of: "_"),
            let version = Self.version(file[..<underscore])
        else { throw .badFile(file, reason: "its name is not like 0001_name.sql") }
        self.version = version
        name = String(file[file.index(after: underscore)...].dropLast(4))
        guard Self.isName(name) else {
            throw .badFile(file, reason: "its name has other characters than letters, digits, - and _")
        }
        let parts = try Self.parts(of: text, file)
        guard let up = parts.up else { throw .badFile(file, reason: "it has no line -- migrate:up") }
        guard !Self.isEmpty(up.sql) else {
            throw .badFile(file, reason: "nothing stands below -- migrate:up")
        }
        self.up = up
        down = parts.down.flatMap { Self.isEmpty($0.sql) ? nil : $0 }
        checksum = SHA256Digest.hex(of: up.sql)
    }

    /// Whether a name can stand in a file's name.
    package static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 100
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    }

    private static func version(_ digits: Substring) -> Int? {
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), digits.count <= 9 else { return nil }
        return Int(digits).flatMap { $0 > 0 ? $0 : nil }
    }

    private static func parts(of text: String, _ file: String) throws(MigrationError) -> (
        up: Part?, down: Part?
    ) {
        var lines: [Direction: [Substring]] = [:]
        var (direction, isBare): (Direction?, Set<Direction>) = (nil, [])
        for line in text.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r\n" })
        {
            let words = SQLComment.words(line)
            switch words {
            case ["migrate:up"]?, ["migrate:down"]?:
                let next: Direction = words == ["migrate:up"] ? .up : .down
                guard lines[next] == nil else {
                    throw .badFile(file, reason: "it has two lines -- migrate:\(next.rawValue)")
                }
                lines[next] = []
                direction = next
                continue
            case ["no-transaction"]?: isBare.formUnion(direction.map { [$0] } ?? [.up, .down])
            default: break
            }
            if let direction {
                lines[direction]?.append(line)
            } else if words == nil, !line.allSatisfy(\.isWhitespace) {
                throw .badFile(file, reason: "a statement stands above -- migrate:up")
            }
        }
        return (
            lines[.up].map { Part(sql: joined($0), isTransactional: !isBare.contains(.up)) },
            lines[.down].map { Part(sql: joined($0), isTransactional: !isBare.contains(.down)) }
        )
    }

    /// Empty lines at the end do not count: editors add them.
    private static func joined(_ lines: [Substring]) -> String {
        let end = lines.lastIndex { !$0.allSatisfy(\.isWhitespace) }
        return lines.prefix(end.map { $0 + 1 } ?? 0).joined(separator: "\n")
    }

    private static func isEmpty(_ sql: String) -> Bool {
        sql.split(separator: "\n").allSatisfy { SQLComment.words($0) != nil || $0.allSatisfy(\.isWhitespace) }
    }
}
