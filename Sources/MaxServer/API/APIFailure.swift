import Database

/// Why a request gets no data: what the client is told.
struct APIFailure: Error, Sendable {
    /// A field of the request that cannot be used: which, the rule that it breaks, and what would be right.
    struct Fault: Encodable, Sendable, Equatable {
        var field: String
        /// `required`, `type`, `length`, `range`, `format`, `choice` or `unknown`; `more` for those
        /// behind the last that is told, together.
        var rule: String
        var message: String
    }

    var status: Int
    /// For programs, e.g. `NOT_FOUND`.
    var code: String
    /// For people.
    var message: String
    var faults: [Fault] = []
    /// For a method that a path does not have: those it has.
    var allowed: [String] = []

    static func notAllowed(_ allowed: [String]) -> APIFailure {
        let methods = allowed.joined(separator: ", ")
        var failure = APIFailure(
            status: 405, code: "METHOD_NOT_ALLOWED", message: "this path has \(methods) only")
        failure.allowed = allowed
        return failure
    }

    static let foreignOrigin = APIFailure(
        status: 403, code: "FOREIGN_ORIGIN",
        message: "pages of other origins change nothing here, unless the server lists them")

    static func notFound(_ kind: String, _ id: String) -> APIFailure {
        APIFailure(status: 404, code: "NOT_FOUND", message: "there is no \(kind) \"\(id)\"")
    }

    static func invalid(_ faults: [Fault]) -> APIFailure {
        let fields = faults.map(\.field).joined(separator: ", ")
        return APIFailure(
            status: 400, code: "INVALID", message: "the request cannot be used: see \(fields)", faults: faults
        )
    }

    static func exists(_ kind: String, _ id: String) -> APIFailure {
        APIFailure(status: 409, code: "EXISTS", message: "there is a \(kind) \"\(id)\" already")
    }

    /// What a database's error means to a client. Its text stays in the log.
    init(_ error: SQLError) {
        switch error {
        case .unavailable, .overloaded, .lost, .conflict, .closed:
            self.init(
                status: 503, code: "UNAVAILABLE",
                message: "the database does not answer; try again in a moment")
        case .constraint(.unique, _, _):
            self.init(status: 409, code: "EXISTS", message: "there is one with this key already")
        case .constraint, .badValue:
            self.init(status: 400, code: "INVALID", message: "the database refuses a value of the request")
        case .refused:
            self.init(status: 500, code: "INTERNAL", message: "the server failed; the log says why")
        }
    }

    init(status: Int, code: String, message: String, faults: [Fault] = []) {
        (self.status, self.code, self.message, self.faults) = (status, code, message, faults)
    }
}
