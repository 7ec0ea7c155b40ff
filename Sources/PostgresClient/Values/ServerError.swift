package import Database

/// An error as the server tells it.
package struct ServerError: Error, Sendable, Hashable {
    /// SQLSTATE; empty when it is libpq that speaks.
    package var code: String
    /// The primary message, which holds none of the row's values.
    package var message: String
    /// The constraint that was broken, or the column that must not be null.
    package var subject: String?
    /// Where in the server's source it was raised.
    package var routine: String?

    package init(code: String, message: String, subject: String? = nil, routine: String? = nil) {
        self.code = code
        self.message = message
        self.subject = subject
        self.routine = routine
    }

    /// What it means for whoever gave the statement.
    package var meaning: SQLError {
        switch code {
        case "40001", "40P01", "55P03": return .conflict(message: message)
        case "23505": return constraint(.unique)
        case "23503": return constraint(.foreignKey)
        case "23502": return constraint(.notNull)
        case "23514": return constraint(.check)
        // What a trigger raises, and a view's WITH CHECK OPTION: rules that somebody wrote for rows.
        case "P0001", "44000": return constraint(.other)
        // The server shuts down, or crashed, or has no room for us: the statement went to its end or not.
        case "", "57P01", "57P02", "57P03", "57P04", "57P05", "53300": return .lost(reason: message)
        // The statement's time was over; or the server only follows another one, for now.
        case "57014", "25006": return .unavailable(reason: message)
        default: break
        }
        switch code.prefix(2) {
        case "08": return .lost(reason: message)
        case "23": return constraint(.other)
        // No disk, no memory, or the system below fails.
        case "53", "58": return .unavailable(reason: message)
        // 54 is what exceeds a limit, such as a key that is too long for an index.
        case "22", "54": return .badValue(message: message)
        default: return .refused(code: code, message: message)
        }
    }

    private func constraint(_ kind: SQLError.Constraint) -> SQLError {
        .constraint(kind, name: subject ?? "", message: message)
    }

    /// Whether only the prepared statement is at fault: somebody dropped it, or its table changed. Prepared again, it
    /// works.
    package var isStalePlan: Bool {
        code == "26000" || code == "0A000" && routine == "RevalidateCachedQuery"
    }
}
