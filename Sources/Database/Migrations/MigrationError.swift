/// Why the schema was not changed.
package enum MigrationError: Error, Sendable, Hashable, CustomStringConvertible {
    case badFile(String, reason: String)
    case sameVersion(String, String)
    /// Files that were applied say something else now, or are not there any more.
    case differs(changed: [String], missing: [String])
    case noWayBack(String)
    /// - Parameter isUndone: whether nothing of it stayed; for an answer that was lost nobody knows.
    case failed(String, Migration.Direction, SQLError, isUndone: Bool)
    case database(SQLError)

    package var description: String {
        switch self {
        case .badFile(let file, let reason): "the migration \(file) cannot be used: \(reason)"
        case .sameVersion(let one, let other): "the migrations \(one) and \(other) have the same number"
        case .differs(let changed, let missing):
            Self.difference(changed, "changed after it was applied")
                + Self.difference(missing, "was applied and is not there any more")
                + "nothing was done; --force goes on nevertheless"
        case .noWayBack(let label):
            "the migration \(label) cannot be taken back: there is nothing below -- migrate:down"
        case .failed(let label, let direction, let error, let isUndone):
            "the migration \(label) failed on its way \(direction.rawValue): \(error); "
                + Self.rest(after: error, isUndone)
        case .database(let error): "\(error)"
        }
    }

    private static func rest(after error: SQLError, _ isUndone: Bool) -> String {
        if isUndone { return "nothing of it stayed" }
        if case .lost = error { return "whether it was done tells: migrate current" }
        return "what it did before that stayed, since it runs in no transaction"
    }

    private static func difference(_ labels: [String], _ what: String) -> String {
        labels.map { "\($0) \(what); " }.joined()
    }
}
