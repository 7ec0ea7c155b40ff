import Database
import SQLiteClient
import TestSupport
import Testing

@Suite("SQLite: statements and values")
struct SQLiteValuesTests {
    @Test func `values come back as SQLite holds them, and rows read them as what they mean`() async throws {
        let database = try await SQLiteDatabase(.memory)
        let values: [SQLValue] = [
            nil, true, -9_223_372_036_854_775_808, 0.1, "Größe 👍 \0 end", .bytes([0, 255]),
            .timestamp(1_700_000_000_123),
            .json("{\"a\":1}"), "", .bytes([]),
        ]
        let row = try await database.read(
            SQLCommand("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10", values)
        ).row(0)
        #expect(row.value(at: 0) == .null)
        #expect(try row.boolean(at: 1) && row.integer(at: 2) == .min && row.real(at: 3) == 0.1)
        #expect(try row.text(at: 4) == "Größe 👍 \0 end" && row.bytes(at: 5) == [0, 255])
        #expect(try row.timestamp(at: 6) == 1_700_000_000_123 && row.json(at: 7) == "{\"a\":1}")
        #expect(try row.text(at: 8) == "" && row.bytes(at: 9) == [])
        await database.close()
    }

    @Test func `parameters are counted by their number, wherever they stand`() async throws {
        let database = try await SQLiteDatabase(.memory)
        let rows = try await database.read(SQLCommand("SELECT $2, $1, $2, $1::text", ["a", "b"]))
        #expect(rows.values == ["b", "a", "b", "a"])
        await database.close()
    }

    @Test func `columns have the names of the statement, also after the table has changed`() async throws {
        let database = try await SQLiteDatabase(.memory)
        try await database.write(SQLiteDatabase.table)
        let all = SQLCommand("SELECT * FROM t")
        #expect(try await database.read(all).columns == ["id", "n", "at"])
        try await database.write(SQLCommand("ALTER TABLE t RENAME COLUMN n TO number"))
        try await database.write(SQLCommand("ALTER TABLE t ADD COLUMN more TEXT"))
        #expect(try await database.read(all).columns == ["id", "number", "at", "more"])
        await database.close()
    }

    @Test func `affected counts the rows that changed, or that were read`() async throws {
        let database = try await SQLiteDatabase(.memory)
        #expect(try await database.write(SQLiteDatabase.table).affected == 0)
        let insert = SQLCommand("INSERT INTO t (id) VALUES ('a'), ('b') RETURNING id")
        let inserted = try await database.write(insert)
        #expect(inserted.affected == 2 && inserted.values == ["a", "b"])
        #expect(try await database.write(SQLCommand("UPDATE t SET n = 1 WHERE id = 'c'")).affected == 0)
        #expect(try await database.read(SQLCommand("SELECT id FROM t")).affected == 2)
        #expect(try await database.write(SQLCommand("DELETE FROM t WHERE id = $1", ["a"])).affected == 1)
        await database.close()
    }

    @Test(arguments: [
        (SQLCommand("SELECT $1"), "takes 1 values and was given 0"),
        (SQLCommand("SELECT 1", ["a"]), "takes 0 values and was given 1"),
        (SQLCommand("SELECT $2", ["a"]), "takes 2 values and was given 1"),
        (SQLCommand("SELECT ?", ["a"]), "written $1, $2, …, not ?"),
        (SQLCommand("SELECT :name", ["a"]), "not :name"), (SQLCommand("SELECT $0", ["a"]), "not $0"),
        (SQLCommand("SELECT $x", ["a"]), "not $x"),
        (SQLCommand("SELECT $1; SELECT 2", ["a"]), "more than one"),
        (SQLCommand(""), "no statement"), (SQLCommand("-- nothing"), "no statement"),
        (SQLCommand("SELECT {{tz}}"), "no token {{tz}}"), (SQLCommand("SELEKT 1"), "near \"SELEKT\""),
        (SQLCommand("SELECT * FROM nowhere"), "no such table: nowhere"),
    ])
    func `a statement that cannot be done is refused with the reason`(
        command: SQLCommand, message: String
    ) async throws {
        let database = try await SQLiteDatabase(.memory)
        let error = await #expect(throws: SQLError.self) { try await database.read(command) }
        guard case .refused = error else { throw try #require(error) }
        #expect("\(try #require(error))".contains(message))
        await database.close()
    }

    @Test func `comments and a semicolon may follow a statement`() async throws {
        let database = try await SQLiteDatabase(.memory)
        #expect(try await database.read(SQLCommand("SELECT 1 ; -- one\n ; ")).values == [1])
        await database.close()
    }

    @Test(arguments: ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "ATTACH ':memory:' AS other"])
    func `transactions are not the callers'`(sql: String) async throws {
        let database = try await SQLiteDatabase(.memory)
        let error = await #expect(throws: SQLError.self) { try await database.write(SQLCommand(sql)) }
        #expect("\(try #require(error))".contains("not authorized"))
        #expect(try await database.read(SQLCommand("SELECT 1")).values == [1])
        await database.close()
    }

    @Test func `NaN is a value that cannot be stored, infinity is one that can`() async throws {
        let database = try await SQLiteDatabase(.memory)
        let error = await #expect(throws: SQLError.self) {
            try await database.read(SQLCommand("SELECT $1", [.real(.nan)]))
        }
        #expect(try #require(error).isFaultOfRow)
        #expect(
            try await database.read(SQLCommand("SELECT $1", [.real(-.infinity)])).values == [
                .real(-.infinity)
            ])
        await database.close()
    }

    @Test func `as many rows as may be are returned, one more is refused`() async throws {
        var options = SQLiteOptions()
        options.rowLimit = 3
        let database = try await SQLiteDatabase(.memory, options: options)
        let rows =
            "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < $1) SELECT i, i FROM r"
        #expect(try await database.read(SQLCommand(rows, [3])).count == 3)
        await #expect(
            throws: SQLError.refused(code: "rows", message: "the statement returns more than 3 rows")
        ) {
            try await database.read(SQLCommand(rows, [4]))
        }
        await database.close()
    }

    @Test func `more statements are used than are kept`() async throws {
        var options = SQLiteOptions()
        options.statementLimit = 2
        let database = try await SQLiteDatabase(.memory, options: options)
        for round in 0..<3 {
            for number in Int64(0)..<5 {
                let rows = try await database.read(
                    SQLCommand("SELECT \(number) + $1", [.integer(Int64(round))]))
                #expect(rows.values == [.integer(number + Int64(round))])
            }
        }
        await database.close()
    }

    @Test func `a statement that takes too long is ended`() async throws {
        let folder = try TemporaryFolder()
        var options = SQLiteOptions()
        options.statementTimeout = .milliseconds(50)
        let database = try await SQLiteDatabase.opened(folder, options: options)
        let endless = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) "
        for command in [
            SQLCommand(endless + "SELECT count(*) FROM r"),
            SQLCommand(endless + "INSERT INTO t (id) SELECT i FROM r"),
        ] {
            let error = await #expect(throws: SQLError.self) { try await database.write(command) }
            #expect("\(try #require(error))".contains("took too long and was undone"))
            #expect(try #require(error).isPassing)
            #expect(database.status.isConnected)
        }
        #expect(try await database.count() == 0)
        await database.close()
    }
}
