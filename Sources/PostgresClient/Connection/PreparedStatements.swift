/// The statements that a session of the server has prepared for us, by their text. A new session has none.
package struct PreparedStatements: Sendable {
    package struct Statement: Sendable, Hashable {
        /// What the session calls it.
        package var name: String
        /// Of `$1`, `$2`, …, as the server has described them.
        package var parameterTypes: [PostgresType]

        package init(name: String, parameterTypes: [PostgresType]) {
            self.name = name
            self.parameterTypes = parameterTypes
        }
    }

    private struct Entry {
        var statement: Statement
        var usedAt: UInt64
    }

    private let limit: Int
    private var entries: [String: Entry] = [:]
    private var made = 0
    private var uses: UInt64 = 0

    /// - Parameter limit: how many to keep at most; at least 1.
    package init(limit: Int) { self.limit = max(1, limit) }

    package var count: Int { entries.count }

    package func contains(_ sql: String) -> Bool { entries[sql] != nil }

    /// The statement of a text; it counts as used now.
    package mutating func use(_ sql: String) -> Statement? {
        guard let index = entries.index(forKey: sql) else { return nil }
        uses += 1
        entries.values[index].usedAt = uses
        return entries.values[index].statement
    }

    /// A name that no statement of the session has had.
    package mutating func nextName() -> String {
        made += 1
        return "s\(made)"
    }

    /// Keeps a statement that the server has prepared and described.
    package mutating func add(_ sql: String, _ statement: Statement) {
        uses += 1
        entries[sql] = Entry(statement: statement, usedAt: uses)
    }

    /// Forgets a statement.
    /// - Returns: its name.
    package mutating func remove(_ sql: String) -> String? {
        entries.removeValue(forKey: sql)?.statement.name
    }

    /// Forgets those unused for longest, so that there is room for `more`.
    /// - Parameter needed: texts to keep in any case.
    /// - Returns: the names of what was forgotten.
    package mutating func makeRoom(for more: Int, keeping needed: Set<String>) -> [String] {
        let excess = entries.count + more - limit
        guard excess > 0 else { return [] }
        let oldest = entries.filter { !needed.contains($0.key) }.sorted { $0.value.usedAt < $1.value.usedAt }
        return oldest.prefix(excess).compactMap { remove($0.key) }
    }
}
