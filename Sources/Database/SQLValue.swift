/// A value of a parameter or of a result, the same for every database.
package enum SQLValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    /// A moment, in milliseconds since 1970-01-01 00:00 UTC. Postgres holds a `TIMESTAMPTZ`, SQLite an integer.
    case timestamp(Int64)
    /// A JSON document as text. Postgres holds a `JSONB` (which orders keys anew), SQLite the text.
    case json(String)
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .real(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(nilLiteral: ()) { self = .null }
}
