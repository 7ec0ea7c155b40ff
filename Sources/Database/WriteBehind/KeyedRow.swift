/// A row that replaces the one with the same key in its table.
package protocol KeyedRow: Sendable {
    static var table: KeyedTable { get }

    /// Gives its values, one for each column of the table, in that order.
    func append(to row: inout RowWriter)
}

/// A table whose rows replace each other, and what its columns hold.
package struct KeyedTable: Sendable, Hashable {
    package enum Kind: Sendable { case text, real, optionalReal, integer, timestamp }

    let table: UpsertTable
    let kinds: [Kind]

    /// - Parameters:
    ///   - key: the columns of the key, each with what it holds.
    ///   - others: the other columns.
    package init(_ name: String, key: KeyValuePairs<String, Kind>, others: KeyValuePairs<String, Kind>) {
        table = UpsertTable(name, key: key.map(\.key), others: others.map(\.key))
        kinds = key.map(\.value) + others.map(\.value)
    }
}

/// Takes the values of one row, column after column. A value of another kind than its column's, or too many or too few
/// of them, are a mistake of the row's type and end the process.
package struct RowWriter: ~Copyable {
    private(set) var columns: [RowColumn]
    private var next = 0

    init(_ kinds: [KeyedTable.Kind]) { columns = kinds.map(RowColumn.init) }

    package mutating func add(_ value: String) {
        expect(.text)
        columns[next].texts.append(value)
        next += 1
    }

    package mutating func add(_ value: Double) {
        expect(.real)
        columns[next].reals.append(value)
        next += 1
    }

    package mutating func add(optional value: Double?) {
        expect(.optionalReal)
        columns[next].optionalReals.append(value)
        next += 1
    }

    package mutating func add(_ value: Int64) {
        expect(.integer)
        columns[next].integers.append(value)
        next += 1
    }

    /// - Parameter value: milliseconds since 1970-01-01 00:00 UTC.
    package mutating func add(timestamp value: Int64) {
        expect(.timestamp)
        columns[next].integers.append(value)
        next += 1
    }

    private func expect(_ kind: KeyedTable.Kind) {
        precondition(
            next < columns.count && columns[next].kind == kind, "a row gives another value than its column's")
    }

    /// Takes a row's values.
    mutating func add(_ row: some KeyedRow) {
        next = 0
        row.append(to: &self)
        precondition(next == columns.count, "a row gives fewer values than its table has columns")
    }

    /// Changes all columns alike.
    mutating func forEachColumn(_ change: (inout RowColumn) -> Void) {
        for index in columns.indices { change(&columns[index]) }
    }
}
