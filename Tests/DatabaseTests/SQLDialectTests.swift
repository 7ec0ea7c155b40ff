import Database
import Testing

@Suite("One text of SQL for both databases")
struct SQLDialectTests {
    @Test func `a token stands for each database's own word`() throws {
        let sql =
            "CREATE TABLE t (id {{id}} NOT NULL, at {{ts}}, x {{f64}}, j {{json}}, n {{num}}, b {{blob}}){{strict}}"
        #expect(
            try SQLDialect.postgres.text(sql)
                == "CREATE TABLE t (id TEXT NOT NULL, at TIMESTAMPTZ, x DOUBLE PRECISION, j JSONB, n NUMERIC(28,10), b BYTEA)"
        )
        #expect(
            try SQLDialect.sqlite.text(sql)
                == "CREATE TABLE t (id TEXT NOT NULL, at INTEGER, x REAL, j TEXT, n TEXT, b BLOB) STRICT")
    }

    @Test func `a block is kept by the database that it is for, and lines keep their numbers`() throws {
        let sql = "a\n-- only: postgres\np {{ts}}\n-- end\n  --only:   sqlite\t\ns\n--end\nz"
        #expect(try SQLDialect.postgres.text(sql) == "a\n\np TIMESTAMPTZ\n\n\n\n\nz")
        #expect(try SQLDialect.sqlite.text(sql) == "a\n\n\n\n\ns\n\nz")
    }

    @Test(arguments: [
        "", "SELECT 1", "SELECT '{{1,2},{3,4}}'", "SELECT '{\"a\":{\"b\":{}}}'", "{{", "{{ts", "{{}}", "{",
        "{{ts}",
        "-- a comment", "SELECT 1 -- end", "-- the end", "SELECT 'Größe 👍'",
    ])
    func `everything else stays as it is`(sql: String) throws {
        for dialect in SQLDialect.allCases { #expect(try dialect.text(sql) == sql) }
    }

    @Test func `lines may end as on Windows`() throws {
        #expect(try SQLDialect.postgres.text("-- only: sqlite\r\na\r\n-- end\r\nb\r\n") == "\n\n\nb\n")
    }

    @Test func `a brace before a token does not hide it`() throws {
        #expect(try SQLDialect.sqlite.text("{{{ts}}}") == "{INTEGER}")
    }

    @Test(arguments: [
        ("x\n{{tz}}", "line 2: there is no token {{tz}}; there are {{id}} {{ts}}"),
        ("x\n-- only: sqlite\ny", "line 2: the block -- only: sqlite has no -- end"),
        ("-- only: sqlite\n-- only: postgres\n-- end", "line 2: a block begins inside of another"),
        ("x\ny\n-- end", "line 3: -- end without -- only:"),
        ("-- only: mysql\n-- end", "line 1: -- only: is followed by postgres or sqlite"),
        ("-- only:\n-- end", "line 1: -- only: is followed by"),
        ("-- only: sqlite and more\n-- end", "line 1: -- only: is followed by"),
    ])
    func `a mistake is told with its line`(sql: String, message: String) throws {
        for dialect in SQLDialect.allCases {
            let error = try #require(throws: SQLError.self) { try dialect.text(sql) }
            #expect("\(error)".contains(message))
        }
    }
}
