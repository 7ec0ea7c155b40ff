package import Database
internal import EngineWire

/// Values of results, from the binary form that Postgres sends.
package enum ResultValue {
    /// Why a value cannot be read.
    package enum Problem: Error, Sendable, Hashable {
        /// Its type has no counterpart here.
        case unsupported(PostgresType)
        /// It has not the form of its type.
        case malformed(PostgresType)
    }

    /// The value of these bytes. `numeric` and `uuid` become text.
    package static func decode(_ bytes: Span<UInt8>, as type: PostgresType) throws(Problem) -> SQLValue {
        guard let value = try decoded(bytes, type) else { throw .malformed(type) }
        return value
    }

    private static func decoded(_ bytes: Span<UInt8>, _ type: PostgresType) throws(Problem) -> SQLValue? {
        switch type {
        case .float8: real(bytes)
        case .timestamptz, .timestamp:
            bits(bytes).map { .timestamp(PostgresTime.milliseconds(Int64(bitPattern: $0))) }
        case .text, .varchar, .bpchar, .name, .char, .unknown, .xml: .text(String(lossy: bytes))
        case .int8: bits(bytes).map { .integer(Int64(bitPattern: $0)) }
        case .int4:
            bytes.count == 4 ? .integer(Int64(bytes.bigEndian(Int32.self, at: 0))) : nil
        case .int2:
            bytes.count == 2 ? .integer(Int64(bytes.bigEndian(Int16.self, at: 0))) : nil
        case .oid: bytes.count == 4 ? .integer(Int64(bytes.bigEndian(UInt32.self, at: 0))) : nil
        case .bool: bytes.count == 1 ? .boolean(bytes[0] != 0) : nil
        case .float4:
            bytes.count == 4 ? .real(Double(Float(bitPattern: bytes.bigEndian(UInt32.self, at: 0)))) : nil
        case .json: .json(String(lossy: bytes))
        // A version comes first, which is 1 (`jsonb_send`).
        case .jsonb:
            bytes.count > 0 && bytes[0] == 1
                ? .json(String(lossy: bytes.extracting(1..<bytes.count))) : nil
        case .bytea: .bytes(copy(bytes))
        case .numeric: NumericText.text(bytes).map { .text($0) }
        case .uuid: bytes.count == 16 ? .text(uuid(bytes)) : nil
        case .void: .null
        default: throw .unsupported(type)
        }
    }

    private static func bits(_ bytes: Span<UInt8>) -> UInt64? {
        bytes.count == 8 ? bytes.bigEndian(UInt64.self, at: 0) : nil
    }

    private static func real(_ bytes: Span<UInt8>) -> SQLValue? {
        bits(bytes).map { .real(Double(bitPattern: $0)) }
    }

    private static func copy(_ bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        copy.append(bytes)
        return copy
    }

    /// RFC 9562 section 4, in lower case.
    private static func uuid(_ bytes: Span<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for i in 0..<16 {
            if i == 4 || i == 6 || i == 8 || i == 10 { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(bytes[i] >> 4)])
            text.append(digits[Int(bytes[i] & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
