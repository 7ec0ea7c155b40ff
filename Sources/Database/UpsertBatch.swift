/// Rows for one table, column by column: those whose key exists replace the row there, the others are inserted.
package struct UpsertBatch: Sendable {
    package let table: UpsertTable
    /// One per column of the table, in its order, all of the same length.
    package let columns: [UpsertColumn]

    package init(_ table: UpsertTable, _ columns: [UpsertColumn]) {
        self.table = table
        self.columns = columns
    }

    /// How many rows these are.
    package var count: Int { columns.first?.count ?? 0 }
}

/// Where rows of batches go.
package struct UpsertTable: Sendable, Hashable {
    package let name: String
    /// The columns of its key, then the others; a batch has them in this order.
    package let key: [String]
    package let others: [String]

    package init(_ name: String, key: [String], others: [String]) {
        self.name = name
        self.key = key
        self.others = others
    }
}

/// The values of one column.
package enum UpsertColumn: Sendable {
    case text([String])
    case real([Double])
    /// Values that may be missing.
    case optionalReal([Double?])
    case integer([Int64])
    /// Milliseconds since 1970-01-01 00:00 UTC.
    case timestamp([Int64])

    package var count: Int {
        switch self {
        case .text(let values): values.count
        case .real(let values): values.count
        case .optionalReal(let values): values.count
        case .integer(let values), .timestamp(let values): values.count
        }
    }
}
