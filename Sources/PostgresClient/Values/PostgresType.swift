/// A type of Postgres, by its oid in `pg_type`, which never changes for those that are built in.
package struct PostgresType: RawRepresentable, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    private init(_ rawValue: UInt32) { self.rawValue = rawValue }

    package static var bool: PostgresType { PostgresType(16) }
    package static var bytea: PostgresType { PostgresType(17) }
    package static var char: PostgresType { PostgresType(18) }
    package static var name: PostgresType { PostgresType(19) }
    package static var int8: PostgresType { PostgresType(20) }
    package static var int2: PostgresType { PostgresType(21) }
    package static var int4: PostgresType { PostgresType(23) }
    package static var text: PostgresType { PostgresType(25) }
    package static var oid: PostgresType { PostgresType(26) }
    package static var json: PostgresType { PostgresType(114) }
    package static var xml: PostgresType { PostgresType(142) }
    package static var float4: PostgresType { PostgresType(700) }
    package static var float8: PostgresType { PostgresType(701) }
    package static var unknown: PostgresType { PostgresType(705) }
    package static var bpchar: PostgresType { PostgresType(1042) }
    package static var varchar: PostgresType { PostgresType(1043) }
    package static var timestamp: PostgresType { PostgresType(1114) }
    package static var timestamptz: PostgresType { PostgresType(1184) }
    package static var numeric: PostgresType { PostgresType(1700) }
    package static var void: PostgresType { PostgresType(2278) }
    package static var uuid: PostgresType { PostgresType(2950) }
    package static var jsonb: PostgresType { PostgresType(3802) }

    /// Whether its binary form is the text itself.
    var isText: Bool {
        switch self {
        case .text, .varchar, .bpchar, .name, .char, .unknown, .xml: true
        default: false
        }
    }
}

extension PostgresType: CustomStringConvertible {
    private static let names: [PostgresType: String] = [
        .bool: "bool", .bytea: "bytea", .char: "\"char\"", .name: "name", .int8: "int8", .int2: "int2",
        .int4: "int4", .text: "text", .oid: "oid", .json: "json", .xml: "xml", .float4: "float4",
        .float8: "float8", .unknown: "unknown", .bpchar: "bpchar", .varchar: "varchar",
        .timestamp: "timestamp", .timestamptz: "timestamptz", .numeric: "numeric", .void: "void",
        .uuid: "uuid", .jsonb: "jsonb",
    ]

    package var description: String { Self.names[self] ?? "type with oid \(rawValue)" }
}
