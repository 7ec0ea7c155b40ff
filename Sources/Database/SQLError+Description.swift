extension SQLError: CustomStringConvertible {
    /// What happened, as the database says it. It never holds a statement or its values, except for what the database
    /// itself quotes of them.
    package var description: String {
        switch self {
        case .unavailable(let reason): "the database cannot do it now: \(reason)"
        case .overloaded(let limit): "\(limit) statements wait for the database, and no more may"
        case .lost(let reason): "the database's answer did not come: \(reason)"
        case .constraint(_, _, let message), .badValue(let message), .conflict(let message): message
        case .refused(let code, let message): "\(message) (\(code))"
        case .closed: "the database was closed"
        }
    }
}
