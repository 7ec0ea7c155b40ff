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
        case .real(let values): append(values.count, of: .float8) { values[$0].bitPattern }
        case .optionalReal(let values): append(values.count, of: .float8) { values[$0]?.bitPattern }
        case .integer(let values): append(values.count, of: .int8) { UInt64(bitPattern: values[$0]) }
        case .timestamp(let moments):
            var values: [Int64] = []
            values.reserveCapacity(moments.count)
            for moment in moments {
                guard let value = PostgresTime.microseconds(moment) else {
                    throw .badValue(message: "a moment that no timestamptz can hold")
                }
                values.append(value)
            }
            append(values.count, of: .timestamptz) { UInt64(bitPattern: values[$0]) }
        }
    }

    private mutating func append(_ texts: [String]) throws(SQLError) {
        for text in texts where text.utf8.contains(0) {
            throw .badValue(message: "a text has a NUL character, which no text of Postgres can hold")
        }
        item(isBinary: true) { bytes in
            Self.appendHead(texts.count, .text, to: &bytes)
            for text in texts {
                bytes.append(bigEndian: Int32(truncatingIfNeeded: text.utf8.count))
                bytes.append(contentsOf: text.utf8)
            }
        }
    }

    /// Appends an array whose elements have eight bytes, or are null.
    @inline(__always)
    private mutating func append(_ count: Int, of type: PostgresType, _ element: (Int) -> UInt64?) {
        item(isBinary: true) { bytes in
            Self.appendHead(count, type, to: &bytes)
            var end = bytes.count
            // All at once, then filled in: eight bytes at a time are too few for an append of their own.
            bytes.append(contentsOf: [UInt8](repeating: 0, count: count * 12))
            unsafe bytes.withUnsafeMutableBytes { raw in
                for index in 0..<count {
                    let value = element(index)
                    let length: Int32 = value == nil ? -1 : 8
                    unsafe raw.storeBytes(of: length.bigEndian, toByteOffset: end, as: Int32.self)
                    end += 4
                    guard let value else { continue }
                    unsafe raw.storeBytes(of: value.bigEndian, toByteOffset: end, as: UInt64.self)
                    end += 8
                }
            }
            bytes.removeLast(bytes.count - end)
        }
    }

    private static func appendHead(_ count: Int, _ type: PostgresType, to bytes: inout [UInt8]) {
        bytes.append(bigEndian: 1 as Int32)
        // Whether there are nulls: the server looks at the lengths anyway.
        bytes.append(bigEndian: 0 as Int32)
        bytes.append(bigEndian: type.rawValue)
        bytes.append(bigEndian: Int32(truncatingIfNeeded: count))
        bytes.append(bigEndian: 1 as Int32)
    }
}
