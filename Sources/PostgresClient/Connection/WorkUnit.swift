internal import Database

/// Statements that are done together, all or none, and who waits for them.
struct WorkUnit: Sendable {
    typealias Outcome = Result<[LibpqResult], SQLError>

    struct Statement: Sendable {
        /// Tokens of the dialect still in it.
        var sql: String
        var values: Values
    }

    enum Values: Sendable {
        /// To be given the form of the types that the server describes.
        case plain([SQLValue])
        /// In the form that the statement itself asks for.
        case encoded(Parameters)
    }

    let statements: [Statement]
    let queuedAt: ContinuousClock.Instant
    /// Whether it was given back because its prepared statements were stale; that happens once.
    var wasStale = false
    /// Called once, on the loop.
    let completion: @Sendable (Outcome) -> Void
}
