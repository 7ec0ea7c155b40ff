internal import CSQLite
internal import Database

/// SQLite's result codes, as what they mean for who asked.
enum SQLiteFault {
    /// - Parameters:
    ///   - code: an extended result code.
    ///   - message: what `sqlite3_errmsg` says.
    static func error(_ code: Int32, _ message: String) -> SQLError {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: constraint(code, message)
        case SQLITE_MISMATCH, SQLITE_TOOBIG: .badValue(message: message)
        case SQLITE_BUSY, SQLITE_LOCKED:
            .conflict(message: "another connection holds the database for too long: \(message)")
        case SQLITE_INTERRUPT: tooSlow
        case SQLITE_FULL: .unavailable(reason: "there is no room left on the disk: \(message)")
        case SQLITE_IOERR: .unavailable(reason: "the disk fails: \(message) (\(code))")
        case SQLITE_NOMEM: .unavailable(reason: "there is no memory left")
        case SQLITE_READONLY: refused(code, "the database cannot be written to: \(message)")
        case SQLITE_CORRUPT: refused(code, "the file of the database is damaged: \(message)")
        case SQLITE_NOTADB: refused(code, "the file is no database of SQLite: \(message)")
        case SQLITE_CANTOPEN: refused(code, "the file cannot be opened; does its folder exist? \(message)")
        default: refused(code, message)
        }
    }

    private static let tooSlow = SQLError.unavailable(reason: "the statement took too long and was undone")

    /// Whether the database itself is in trouble, not only this statement.
    static func isTrouble(_ error: SQLError) -> Bool {
        switch error {
        case tooSlow: false
        case .unavailable: true
        case .refused(let code, _):
            [SQLITE_READONLY, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN].contains(
                (Int32(code) ?? 0) & 0xFF)
        default: false
        }
    }

    private static func refused(_ code: Int32, _ message: String) -> SQLError {
        .refused(code: "\(code)", message: message)
    }

    /// The extended code's second byte says which rule; what it is called stands at the end of the message, e.g.
    /// `UNIQUE constraint failed: users.name`.
    private static func constraint(_ code: Int32, _ message: String) -> SQLError {
        let kind: SQLError.Constraint
        switch code >> 8 {
        case 1: kind = .check
        case 3: kind = .foreignKey
        case 5: kind = .notNull
        case 6, 8, 10: kind = .unique  // PRIMARYKEY, UNIQUE, ROWID
        case 12: return .badValue(message: message)  // DATATYPE: a STRICT table's
        default: kind = .other
        }
        let name = message.split(separator: ":", maxSplits: 1).dropFirst().first?.drop { $0 == " " } ?? ""
        return .constraint(kind, name: String(name), message: message)
    }
}
