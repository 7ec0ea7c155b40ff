/// What is said first on a new connection, in one go: who we are, where, and whether anybody is there.
package struct RedisGreeting: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        case authenticate
        case select
        case setName
        /// Always last: it finds a server that wants a password or is still loading, and measures the way.
        case ping
    }

    package var steps: [Step]
    package var commands: [RedisCommand]

    package init(_ url: RedisURL, clientName: String?) {
        steps = []
        commands = []
        if url.user != nil || url.password != nil {
            steps.append(.authenticate)
            let user = url.user.map { [$0] } ?? []
            commands.append(RedisCommand("AUTH", user + [url.password ?? ""]))
        }
        if url.database != 0 {
            steps.append(.select)
            commands.append(RedisCommand("SELECT", [String(url.database)]))
        }
        if let clientName {
            steps.append(.setName)
            commands.append(RedisCommand("CLIENT", ["SETNAME", clientName]))
        }
        steps.append(.ping)
        commands.append(RedisCommand("PING"))
    }
}

/// Redis said no.
package struct RedisRefusal: Sendable, Hashable, CustomStringConvertible {
    package var description: String
    /// Whether it may say yes soon without anybody's help.
    package var isTransient: Bool

    /// - Parameter what: what was refused, e.g. `the login`.
    package init(_ what: String, _ answer: String) {
        isTransient = Self.transient.contains { answer.hasPrefix($0) }
        description = "\(what) was refused: \(answer.prefix(200))"
        if let hint = Self.hints.first(where: { answer.hasPrefix($0.answer) })?.hint {
            description += " (\(hint))"
        }
    }

    init(_ step: RedisGreeting.Step, _ answer: String) {
        switch step {
        case .authenticate: self.init("the login", answer)
        case .select: self.init("the choice of the database", answer)
        case .setName: self.init("the client name", answer)
        case .ping: self.init("PING", answer)
        }
    }

    private static let transient = [
        "LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN", "ERR max number of clients",
    ]

    private static let hints: [(answer: String, hint: String)] = [
        ("WRONGPASS", "check the user and the password in the Redis URL"),
        ("ERR invalid password", "check the password in the Redis URL"),
        ("ERR Client sent AUTH", "the server has no password: take it out of the Redis URL"),
        ("ERR AUTH <password> called", "the server has no password: take it out of the Redis URL"),
        ("NOAUTH", "the server wants a password: put it into the Redis URL"),
        ("NOPERM", "the user's ACL must allow the command and the channel"),
        ("DENIED", "the server is in protected mode: give it a password or a bind address"),
        ("ERR DB index", "check the database in the Redis URL"),
    ]
}
