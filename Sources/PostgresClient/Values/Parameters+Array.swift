package import Database

/// Whole columns as one-dimensional arrays. Their binary form (`array_send`): how many dimensions, whether there are
/// nulls, the oid of the elements, how many, the first index; then each element with its length before it, -1 for
/// null.
extension Parameters {
    /// The columns of a batch, an array each.
    /// - Throws: `SQLError.badValue` for what no column of Postgres can hold.
    package init(_ columns: [UpsertColumn]) throws(SQLError) {
        self.init()
        let size = columns.reduce(0) { $0 + 20 + $1.count * 14 }
        reserve(items: columns.count, bytes: size)
        for column in columns { try append(column) }
    }

    private mutating func append(_ column: UpsertColumn) throws(SQLError) {
        switch column {
        case .text(let texts): try append(texts)
        case .real(let values): append(values.count, of: .float8) { $0.append(wide: values[$1].bitPattern) }
        case .optionalReal(let values):
            append(values.count, of: .float8) { bytes, index in
                if let value = values[index] {
                    bytes.append(wide: value.bitPattern)
                } else {
                    bytes.append(bigEndian: -1 as Int32)
                }
            }
        case .integer(let values):
            append(values.count, of: .int8) { $0.append(wide: UInt64(bitPattern: values[$1])) }
        case .timestamp(let moments):
            var values: [Int64] = []
            values.reserveCapacity(moments.count)
            for moment in moments {
                guard let value = PostgresTime.microseconds(moment) else {
                    throw .badValue(message: "a moment that no timestamptz can hold")
                }
                values.append(value)
            }
            append(values.count, of: .timestamptz) { $0.append(wide: UInt64(bitPattern: values[$1])) }
        }
    }

    private mutating func append(_ texts: [String]) throws(SQLError) {
        for text in texts where text.utf8.contains(0) {
            throw .badValue(message: "a text has a NUL character, which no text of Postgres can hold")
        }
        append(texts.count, of: .text) { bytes, index in
            let text = texts[index].utf8
            bytes.append(bigEndian: Int32(truncatingIfNeeded: text.count))
            bytes.append(contentsOf: text)
        }
    }

    @inline(__always)
    private mutating func append(
        _ count: Int, of type: PostgresType, _ element: (inout [UInt8], Int) -> Void
    ) {
        item(isBinary: true) { bytes in
            bytes.append(bigEndian: 1 as Int32)
            // Whether there are nulls: the server looks at the lengths anyway.
            bytes.append(bigEndian: 0 as Int32)
            bytes.append(bigEndian: type.rawValue)
            bytes.append(bigEndian: Int32(truncatingIfNeeded: count))
            bytes.append(bigEndian: 1 as Int32)
            for index in 0..<count { element(&bytes, index) }
        }
    }
}

extension Array where Element == UInt8 {
    /// Appends an element of eight bytes.
    @inline(__always)
    fileprivate mutating func append(wide value: UInt64) {
        append(bigEndian: 8 as Int32)
        append(bigEndian: value)
    }
}
