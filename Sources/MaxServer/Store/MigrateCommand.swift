import Database

/// What `maxserver migrate` is asked for. Pure: words in, a command out.
enum MigrateCommand: Equatable {
    /// - Parameter most: how many; nil for all.
    case up(most: Int?)
    case down(count: Int)
    case current
    case history
    case new(name: String)
    /// - Parameter dialect: nil for that of the database.
    case sql(SQLDialect?)

    static let usage = "migrate up [n] | down [n] | current | history | new NAME | sql [postgres|sqlite]"

    init(_ words: [String]) throws(Command.UsageError) {
        let argument = words.dropFirst().first
        switch (words.first, words.count) {
        case ("up", 1...2): self = .up(most: try argument.map(Self.count))
        case ("down", 1...2): self = .down(count: try argument.map(Self.count) ?? 1)
        case ("current", 1): self = .current
        case ("history", 1): self = .history
        case ("new", 2): self = .new(name: argument ?? "")
        case ("new", 3...): self = .new(name: words.dropFirst().joined(separator: " "))
        case ("sql", 1): self = .sql(nil)
        case ("sql", 2):
            guard let dialect = argument.flatMap(SQLDialect.init) else { throw Self.misuse }
            self = .sql(dialect)
        default: throw Self.misuse
        }
    }

    private static func count(_ text: String) throws(Command.UsageError) -> Int {
        guard let count = Int(text), count > 0 else {
            throw Command.UsageError(description: "\"\(text)\" is no number of migrations")
        }
        return count
    }

    private static var misuse: Command.UsageError {
        Command.UsageError(description: "it is called like this: maxserver \(usage)")
    }
}
