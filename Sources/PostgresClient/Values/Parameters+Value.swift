package import Database

extension Parameters {
    /// The values in the form of the types that the server has described.
    /// - Throws: `SQLError.badValue` for a value that its column cannot hold, and `SQLError.refused` when the
    ///   statement takes more or fewer.
    package init(_ values: [SQLValue], as types: [PostgresType]) throws(SQLError) {
        self.init()
        guard values.count == types.count else {
            // "using clause does not match dynamic parameter specifications"
            throw .refused(
                code: "07001", message: "the statement takes \(types.count) values, not \(values.count)")
        }
        reserve(items: values.count, bytes: values.count * 16)
        for (index, value) in values.enumerated() {
            guard try append(value, as: types[index], index + 1) else {
                throw .badValue(message: "$\(index + 1) is \(value.kind), which no \(types[index]) can hold")
            }
        }
    }

    /// - Returns: whether there is a form of the value for this type.
    private mutating func append(_ value: SQLValue, as type: PostgresType, _ position: Int) throws(SQLError)
        -> Bool
    {
        switch value {
        case .null: appendNull()
        case .boolean(let value):
            guard type == .bool else { return false }
            append(value ? 1 as UInt8 : 0)
        case .integer(let value): return append(value, as: type)
        case .real(let value): return append(value, as: type)
        case .text(let text), .json(let text):
            guard !text.utf8.contains(0) else {
                throw .badValue(
                    message: "$\(position) has a NUL character, which no text of Postgres can hold")
            }
            return append(value, text, as: type)
        case .bytes(let bytes):
            guard type == .bytea || type == .uuid && bytes.count == 16 else { return false }
            append(binary: bytes)
        case .timestamp(let milliseconds):
            guard type == .timestamptz || type == .timestamp,
                let microseconds = PostgresTime.microseconds(milliseconds)
            else { return false }
            append(microseconds)
        }
        return true
    }

    private mutating func append(_ value: Int64, as type: PostgresType) -> Bool {
        switch type {
        case .int8: append(value)
        case .int4:
            guard let value = Int32(exactly: value) else { return false }
            append(value)
        case .int2:
            guard let value = Int16(exactly: value) else { return false }
            append(value)
        case .oid:
            guard let value = UInt32(exactly: value) else { return false }
            append(value)
        case .float8: append(Double(value).bitPattern)
        case .float4: append(Float(value).bitPattern)
        case .numeric: append(String(value))
        default: return false
        }
        return true
    }

    private mutating func append(_ value: Double, as type: PostgresType) -> Bool {
        switch type {
        case .float8: append(value.bitPattern)
        case .float4:
            let single = Float(value)
            // What is too large would become an infinity, and too small a zero; the server refuses both as well.
            guard single.isInfinite == value.isInfinite, single != 0 || value == 0 else { return false }
            append(single.bitPattern)
        case .numeric: append(value.description)
        case .int8, .int4, .int2:
            guard let whole = Int64(exactly: value) else { return false }
            return append(whole, as: type)
        default: return false
        }
        return true
    }

    private mutating func append(_ value: SQLValue, _ text: String, as type: PostgresType) -> Bool {
        if type.isText || type == .json {
            append(binary: text.utf8)
        } else if type == .jsonb {
            // A version comes first (`jsonb_recv`).
            item(isBinary: true) { bytes in
                bytes.append(1)
                bytes.append(contentsOf: text.utf8)
            }
        } else if case .text = value {
            // The server reads the text as it would a literal: numbers, uuids, times, names of an enumeration.
            append(text)
        } else {
            return false
        }
        return true
    }
}

extension SQLValue {
    /// What it is, for messages; never the value itself.
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .real: "a floating-point number"
        case .text: "a text"
        case .bytes(let bytes): "\(bytes.count) bytes"
        case .timestamp: "a moment"
        case .json: "JSON"
        }
    }
}
