import Database
import PostgresClient
import TestSupport
import Testing

@Suite("Values to Postgres and back", .timeLimit(.minutes(5)))
struct ValueTests {
    /// A type of a column, and values that come back as they went.
    static let same: [(type: String, values: [SQLValue])] = [
        ("bool", [true, false, nil]),
        ("int2", [0, .integer(-32_768), 32_767, nil]),
        ("int4", [0, .integer(Int64(Int32.min)), .integer(Int64(Int32.max)), nil]),
        ("int8", [0, .integer(.min), .integer(.max), nil]),
        ("oid", [0, .integer(4_294_967_295)]),
        ("float4", [0.5, .real(-.infinity), .real(Double(Float.greatestFiniteMagnitude)), nil]),
        (
            "float8",
            [0.1, .real(-0.0), .real(.infinity), .real(-.infinity), .real(.greatestFiniteMagnitude), nil]
        ),
        ("text", ["", "a", "\u{1F600} \u{E4}\n'\"\\", nil]),
        ("varchar(20)", ["", "abc", nil]),
        ("name", ["sector_candles"]),
        ("char(3)", ["abc"]),
        ("bytea", [.bytes([]), .bytes([0, 1, 255]), nil]),
        ("json", [.json("{\"b\": 1,  \"a\": [1, 2]}"), nil]),
        ("jsonb", [.json("{\"a\": [1, 2], \"b\": \"\u{E4}\"}"), .json("null"), nil]),
        ("uuid", ["0190163d-8694-739b-aea5-966c26f8ad91", nil]),
        (
            "timestamptz",
            [
                .timestamp(0), .timestamp(1_736_937_000_123), .timestamp(-1), .timestamp(.max),
                .timestamp(.min),
                .timestamp(-210_866_803_200_000), .timestamp(9_224_318_015_999_999), nil,
            ]
        ),
        ("timestamp", [.timestamp(1_736_937_000_123), nil]),
        (
            "numeric",
            [
                "0", "1", "-1", "0.0001", "10000", "12345678901234567890.123456789", "0.00", "100000000",
                "-0.5", "NaN", "Infinity", "-Infinity", "99990000.00010", nil,
            ]
        ),
        ("numeric(28,10)", ["1.5000000000", "0.0000000001", "-123456789012345678.0000000000"]),
    ]

    @Test(arguments: same) func `every type keeps every value`(type: String, values: [SQLValue]) async throws
    {
        try await withScene { scene async throws in
            try await scene.database.write(SQLCommand("CREATE TABLE v (id int4, v \(type))"))
            for (id, value) in values.enumerated() {
                try await scene.database.write(
                    SQLCommand("INSERT INTO v VALUES ($1, $2)", [.integer(Int64(id)), value]))
            }
            let rows = try await scene.database.read(SQLCommand("SELECT v FROM v ORDER BY id"))
            #expect(rows.values == values)
        }
    }

    @Test func `long values stay whole`() async throws {
        try await withScene { scene async throws in
            let text = String(repeating: "\u{E4}", count: 500_000)
            let bytes = [UInt8](repeating: 7, count: 3_000_000)
            let rows = try await scene.database.read(
                SQLCommand("SELECT $1::text, $2::bytea", [.text(text), .bytes(bytes)]))
            #expect(rows.values == [.text(text), .bytes(bytes)])
        }
    }

    @Test func `long values go both ways at once`() async throws {
        try await withScene { scene async throws in
            let database = scene.database
            let echoes = (0..<16).map { n in
                let bytes = [UInt8](repeating: UInt8(n), count: 3_000_000 + n)
                return Task.immediate { () async throws in
                    try await database.write(SQLCommand("SELECT $1::bytea", [.bytes(bytes)])).values
                        == [.bytes(bytes)]
                }
            }
            for echo in echoes { #expect(try await echo.value) }
        }
    }

    @Test func `the values of a statement may be so long, and not longer`() async throws {
        try await withScene {
            $0.limits.statementBytes = 1_001
        } _: { scene async throws in
            let sql = "SELECT length($1::text)"
            #expect(
                try await scene.database.value(sql, [.text(String(repeating: "x", count: 1_000))]) == 1_000)
            let error = await refusal { () throws(SQLError) in
                _ = try await scene.database.value(sql, [.text(String(repeating: "x", count: 1_001))])
            }
            #expect(error == .badValue(message: "the values have 1002 bytes; 1001 are allowed"))
        }
    }

    @Test func `not a number stays one, in both widths`() async throws {
        try await withScene { scene async throws in
            for type in ["float4", "float8"] {
                let value = try await scene.database.value("SELECT $1::\(type)", [.real(.nan)])
                guard case .real(let number) = value else {
                    Issue.record("\(String(describing: value))")
                    continue
                }
                #expect(number.isNaN)
            }
        }
    }

    @Test func `values take the form of the column, where it holds them exactly`() async throws {
        try await withScene { scene async throws in
            let read = scene.database.value
            #expect(try await read("SELECT $1::float8", [3]) == 3.0)
            #expect(try await read("SELECT $1::numeric", [3]) == "3")
            #expect(try await read("SELECT $1::numeric", [0.1]) == "0.1")
            #expect(
                try await read("SELECT $1::numeric", [1e300])
                    == .text("1" + String(repeating: "0", count: 300)))
            #expect(try await read("SELECT $1::int4", [3.0]) == 3)
            #expect(try await read("SELECT $1::int4", ["42"]) == 42)
            #expect(try await read("SELECT $1::date::text", ["2026-01-31"]) == "2026-01-31")
            #expect(try await read("SELECT $1::jsonb", ["{}"]) == .json("{}"))
            #expect(try await read("SELECT $1::text", [.json("{}")]) == "{}")
            #expect(
                try await read("SELECT $1::uuid", [.bytes(Array(0..<16))])
                    == "00010203-0405-0607-0809-0a0b0c0d0e0f")
        }
    }

    @Test(
        arguments: [
            ("int2", 32_768), ("int4", 2_147_483_648), ("oid", -1), ("int4", 0.5), ("int8", 1e30),
            ("float4", 1e39),
            ("float4", 1e-60), ("int4", true), ("bool", 1), ("text", 1), ("timestamptz", 1),
            ("int8", .timestamp(1)),
            ("uuid", .bytes([1])), ("timestamptz", .timestamp(9_224_318_016_000_000)),
            ("timestamptz", .timestamp(-210_866_803_200_001)), ("timestamptz", .timestamp(.max - 1)),
            ("int4", .json("1")),
        ] as [(String, SQLValue)])
    func `a value that its column cannot hold is not sent`(type: String, value: SQLValue) async throws {
        try await withScene { scene async throws in
            let error = await refusal { () throws(SQLError) in
                _ = try await scene.database.value("SELECT $1::\(type)", [value])
            }
            guard case .badValue(let message) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(message.hasPrefix("$1 is "))
            #expect(message.hasSuffix("which no \(type) can hold"))
        }
    }

    @Test(
        arguments: [
            ("text", "a\0b"), ("jsonb", .json("\"\0\"")), ("int4", "x"), ("jsonb", .json("{")),
            ("uuid", "no"),
            ("timestamptz", "yesterday night"), ("jsonb", .json("\"\\u0000\"")), ("int4", "3000000000"),
        ] as [(String, SQLValue)])
    func `text that is none of the type is a bad value`(type: String, value: SQLValue) async throws {
        try await withScene { scene async throws in
            let error = await refusal { () throws(SQLError) in
                _ = try await scene.database.value("SELECT $1::\(type)", [value])
            }
            guard case .badValue = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `a column whose type has no counterpart is refused with the way out`() async throws {
        try await withScene { scene async throws in
            let error = await refusal { () throws(SQLError) in
                _ = try await scene.database.value("SELECT '1 day'::interval AS span")
            }
            #expect(
                error
                    == .refused(
                        code: "0A000",
                        message:
                            "column span is of a type with oid 1186, which is not read here: select span::text"
                    ))
            #expect(try await scene.database.value("SELECT '1 day'::interval::text") == "1 day")
        }
    }

    @Test func `rows have names, and a statement tells how many it touched`() async throws {
        try await withScene { scene async throws in
            let database = scene.database
            try await database.write(SQLCommand("CREATE TABLE t (a int4, b text)"))
            let inserted = try await database.write(SQLCommand("INSERT INTO t VALUES (1, 'x'), (2, 'y')"))
            #expect(inserted == SQLRows(columns: [], values: [], affected: 2))
            let read = try await database.read(SQLCommand("SELECT b, a FROM t ORDER BY a"))
            #expect(read == SQLRows(columns: ["b", "a"], values: ["x", 1, "y", 2], affected: 2))
            let none = try await database.read(SQLCommand("SELECT a FROM t WHERE a = $1", [9]))
            #expect(none == SQLRows(columns: ["a"], values: [], affected: 0))
            let returned = try await database.write(SQLCommand("DELETE FROM t WHERE a = 1 RETURNING b"))
            #expect(returned == SQLRows(columns: ["b"], values: ["x"], affected: 1))
        }
    }

    @Test func `tokens of the dialect are replaced`() async throws {
        try await withScene { scene async throws in
            try await scene.database.write(
                SQLCommand("CREATE TABLE t (id {{id}}, at {{ts}}, body {{json}}){{strict}}"))
            let rows = try await scene.database.write(
                SQLCommand(
                    "INSERT INTO t VALUES ($1, $2, $3) RETURNING *", ["a", .timestamp(5), .json("[]")]))
            #expect(rows.values == ["a", .timestamp(5), .json("[]")])
        }
    }
}
