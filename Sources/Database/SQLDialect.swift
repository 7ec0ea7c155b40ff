/// Which SQL a database speaks, and how one text serves both.
package enum SQLDialect: String, Sendable, CaseIterable {
    case postgres, sqlite

    /// The words that stand for something else in each: `{{ts}}` is a `TIMESTAMPTZ` here and an `INTEGER` there.
    package static let tokens: [(token: String, postgres: String, sqlite: String)] = [
        ("{{id}}", "TEXT", "TEXT"),
        ("{{ts}}", "TIMESTAMPTZ", "INTEGER"),
        ("{{json}}", "JSONB", "TEXT"),
        ("{{f64}}", "DOUBLE PRECISION", "REAL"),
        ("{{num}}", "NUMERIC(28,10)", "TEXT"),
        ("{{blob}}", "BYTEA", "BLOB"),
        ("{{strict}}", "", " STRICT"),
    ]
}
