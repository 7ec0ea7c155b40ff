/// A statement with its values.
package struct SQLCommand: Sendable, Hashable {
    /// One statement of SQL that both databases understand, parameters as `$1`, `$2`, …; tokens of `SQLDialect` are
    /// allowed. Statements are prepared once and kept by their text: it must never hold a value of a user, which
    /// would be an injection besides.
    package let sql: String
    /// For `$1`, `$2`, …, in this order.
    package let values: [SQLValue]

    package init(_ sql: String, _ values: [SQLValue] = []) {
        self.sql = sql
        self.values = values
    }
}
