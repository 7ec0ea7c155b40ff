/// A type of Postgres, by its oid in `pg_type`, which never changes for those that are built in.
package struct PostgresType: RawRepresentable, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    private init(_ rawValue: UInt32) { self.rawValue = rawValue }

    package static let bool = PostgresType(16)
    package static let bytea = PostgresType(17)
    package static let char = PostgresType(18)
    package static let name = PostgresType(19)
    package static let int8 = PostgresType(20)
    package static let int2 = PostgresType(21)
    package static let int4 = PostgresType(23)
    package static let text = PostgresType(25)
    package static let oid = PostgresType(26)
    package static let json = PostgresType(114)
    package static let xml = PostgresType(142)
    package static let float4 = PostgresType(700)
    package static let float8 = PostgresType(701)
    package static let unknown = PostgresType(705)
    package static let bpchar = PostgresType(1042)
    package static let varchar = PostgresType(1043)
    package static let timestamp = PostgresType(1114)
    package static let timestamptz = PostgresType(1184)
    package static let numeric = PostgresType(1700)
    package static let void = PostgresType(2278)
    package static let uuid = PostgresType(2950)
    package static let jsonb = PostgresType(3802)

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
