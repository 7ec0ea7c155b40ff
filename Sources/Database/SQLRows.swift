/// What a statement returned.
package struct SQLRows: Sendable, Hashable {
    /// The names of the columns, in the order of the statement.
    package let columns: [String]
    /// The values of all rows, row after row.
    package let values: [SQLValue]
    /// How many rows the statement inserted, changed or deleted; for one that reads, how many it returned.
    package let affected: Int

    package init(columns: [String], values: [SQLValue], affected: Int) {
        self.columns = columns
        self.values = values
        self.affected = affected
    }

    /// How many rows were returned.
    package var count: Int { columns.isEmpty ? 0 : values.count / columns.count }

    package var isEmpty: Bool { values.isEmpty }

    /// The values of a row.
    /// - Parameter row: 0 ..< `count`.
    package subscript(row: Int) -> ArraySlice<SQLValue> {
        values[row * columns.count..<(row + 1) * columns.count]
    }
}
