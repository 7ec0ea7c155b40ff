/// Why a statement was not done.
package enum SQLError: Error, Sendable, Hashable {
    /// There is no connection and none came in time, or the database cannot do it for now: it takes too long, or has no
    /// room. Nothing was done.
    case unavailable(reason: String)
    /// More statements wait than may. Nothing was done.
    case overloaded(limit: Int)
    /// The connection ended, or the deadline passed, after the statement was sent: it may have been done or not.
    case lost(reason: String)
    /// A rule of the schema was broken: a key that exists already, a reference to nothing, a value that must be there.
    case constraint(Constraint, name: String, message: String)
    /// A value that the column cannot hold.
    case badValue(message: String)
    /// Others changed the same rows at the same time: trying again helps.
    case conflict(message: String)
    /// The database refused for another reason, e.g. an unknown table.
    /// - Parameter code: SQLSTATE of Postgres, or the extended result code of SQLite.
    case refused(code: String, message: String)
    /// The database was closed by us.
    case closed

    package enum Constraint: String, Sendable { case unique, foreignKey, notNull, check, other }

    /// Whether the same statement may succeed later without being changed.
    package var isPassing: Bool {
        switch self {
        case .unavailable, .overloaded, .lost, .conflict: true
        case .constraint, .badValue, .refused, .closed: false
        }
    }

    /// Whether a row of the statement is at fault, so that the others would be taken without it.
    package var isFaultOfRow: Bool {
        switch self {
        case .constraint, .badValue: true
        default: false
        }
    }

    /// Whether a table or column is not as the statement has it, which no row of it can help: somebody has to mend it.
    package var isFaultOfSchema: Bool {
        guard case .refused(let code, _) = self else { return false }
        // No table, column or schema of that name. What SQLite refuses without a rule being broken is never one row's.
        return ["42P01", "42703", "3F000"].contains(code) || code.utf8.count < 5
    }
}
