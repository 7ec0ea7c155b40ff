/// One row of a result, read as what its columns mean: the same values on both databases.
///
/// SQLite knows fewer types than Postgres: it gives moments and booleans back as integers, documents as text, and a sum
/// of whole numbers as an integer. These accessors take either form, so that a reader need not know which database it
/// reads from. Each throws `SQLError.badValue` when the value is of another type, or missing where it must not be.
package struct SQLRow: Sendable {
    private let rows: SQLRows
    private let start: Int

    fileprivate init(_ rows: SQLRows, _ index: Int) {
        self.rows = rows
        start = index * rows.columns.count
    }

    /// The value as the database gave it.
    package func value(at column: Int) -> SQLValue { rows.values[start + column] }

    package func text(at column: Int) throws(SQLError) -> String { try read(column, "text", \.asText) }
    package func integer(at column: Int) throws(SQLError) -> Int64 {
        try read(column, "an integer", \.asInteger)
    }
    package func real(at column: Int) throws(SQLError) -> Double { try read(column, "a number", \.asReal) }
    package func boolean(at column: Int) throws(SQLError) -> Bool {
        try read(column, "a boolean", \.asBoolean)
    }
    package func bytes(at column: Int) throws(SQLError) -> [UInt8] { try read(column, "bytes", \.asBytes) }
    /// Milliseconds since 1970-01-01 00:00 UTC.
    package func timestamp(at column: Int) throws(SQLError) -> Int64 {
        try read(column, "a moment", \.asTimestamp)
    }
    package func json(at column: Int) throws(SQLError) -> String { try read(column, "a document", \.asJSON) }

    package func textIfAny(at column: Int) throws(SQLError) -> String? { try any(column, "text", \.asText) }
    package func integerIfAny(at column: Int) throws(SQLError) -> Int64? {
        try any(column, "an integer", \.asInteger)
    }
    package func realIfAny(at column: Int) throws(SQLError) -> Double? {
        try any(column, "a number", \.asReal)
    }
    package func booleanIfAny(at column: Int) throws(SQLError) -> Bool? {
        try any(column, "a boolean", \.asBoolean)
    }
    package func bytesIfAny(at column: Int) throws(SQLError) -> [UInt8]? {
        try any(column, "bytes", \.asBytes)
    }
    package func timestampIfAny(at column: Int) throws(SQLError) -> Int64? {
        try any(column, "a moment", \.asTimestamp)
    }
    package func jsonIfAny(at column: Int) throws(SQLError) -> String? {
        try any(column, "a document", \.asJSON)
    }

    private func any<Value>(_ column: Int, _ kind: String, _ read: (SQLValue) -> Value?) throws(SQLError)
        -> Value?
    {
        value(at: column) == .null ? nil : try self.read(column, kind, read)
    }

    private func read<Value>(_ column: Int, _ kind: String, _ read: (SQLValue) -> Value?) throws(SQLError)
        -> Value
    {
        let value = value(at: column)
        if let result = read(value) { return result }
        throw .badValue(message: "the column \(rows.columns[column]) holds \(value.kind), not \(kind)")
    }
}

extension SQLRows {
    /// - Parameter index: 0 ..< `count`.
    package func row(_ index: Int) -> SQLRow {
        precondition(index >= 0 && index < count)
        return SQLRow(self, index)
    }

    /// The only row that is expected, if there is one.
    package var first: SQLRow? { isEmpty ? nil : row(0) }

    /// What `transform` makes of each row.
    package func map<Value>(_ transform: (SQLRow) throws(SQLError) -> Value) throws(SQLError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count { values.append(try transform(row(index))) }
        return values
    }
}

extension SQLValue {
    package var asText: String? { if case .text(let value) = self { value } else { nil } }
    package var asInteger: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var asBytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }

    package var asReal: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    package var asBoolean: Bool? {
        switch self {
        case .boolean(let value): value
        case .integer(0): false
        case .integer(1): true
        default: nil
        }
    }

    package var asTimestamp: Int64? {
        switch self {
        case .timestamp(let value), .integer(let value): value
        default: nil
        }
    }

    package var asJSON: String? {
        switch self {
        case .json(let value), .text(let value): value
        default: nil
        }
    }

    fileprivate var kind: String {
        switch self {
        case .null: "nothing"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .real: "a number"
        case .text: "text"
        case .bytes: "bytes"
        case .timestamp: "a moment"
        case .json: "a document"
        }
    }
}
