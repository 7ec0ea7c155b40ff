import Database
import PostgresClient
import TestSupport
import Testing

@Suite("Batches that insert or replace", .timeLimit(.minutes(5)))
struct UpsertTests {
    private static let table = UpsertTable(
        "sector_candles", key: ["sector_id", "timestamp"], others: ["value", "open", "volume", "trades"])

    private static let schema = """
        CREATE TABLE sector_candles (sector_id text, "timestamp" timestamptz, value float8, open float8,
            volume float8, trades int4 CHECK (trades >= 0), PRIMARY KEY (sector_id, "timestamp"))
        """

    /// Rows from `first` on, whose values are their number times `factor`.
    private func batch(_ rows: Range<Int>, factor: Double = 1) -> UpsertBatch {
        UpsertBatch(
            Self.table,
            [
                .text(rows.map { "s\($0 % 10)" }), .timestamp(rows.map { Int64($0) * 60_000 }),
                .real(rows.map { Double($0) * factor }), .real(rows.map { Double($0) }),
                .optionalReal(rows.map { $0 % 2 == 0 ? Double($0) : nil }), .integer(rows.map { Int64($0) }),
            ])
    }

    @Test(arguments: [1, 5_000]) func `rows are inserted, and replaced by those with the same key`(count: Int)
        async throws
    {
        try await withScene { scene async throws in
            try await scene.psql(Self.schema)
            let sums = "SELECT count(*), sum(value), count(volume), sum(trades) FROM sector_candles"
            let sum = count * (count - 1) / 2
            try await scene.database.upsert(batch(0..<count))
            #expect(try await scene.psql(sums) == "\(count)|\(sum)|\((count + 1) / 2)|\(sum)")
            try await scene.database.upsert(batch(0..<count, factor: 2))
            #expect(try await scene.psql(sums) == "\(count)|\(2 * sum)|\((count + 1) / 2)|\(sum)")
        }
    }

    @Test func `a row that is there as it is, is not written again`() async throws {
        try await withScene { scene async throws in
            try await scene.psql(Self.schema)
            try await scene.database.upsert(batch(0..<100))
            let writings = "SELECT count(DISTINCT xmin::text) FROM sector_candles"
            try await scene.database.upsert(batch(0..<100))
            #expect(try await scene.psql(writings) == "1")
            // All have a value that is new, but the first, which is nought still.
            try await scene.database.upsert(batch(0..<100, factor: 2))
            #expect(try await scene.psql(writings) == "2")
        }
    }

    @Test func `every value arrives as it was`() async throws {
        try await withScene { scene async throws in
            try await scene.psql(Self.schema)
            let id = "\u{1F600} \"quoted\" {a,b} \\ NULL"
            try await scene.database.upsert(
                UpsertBatch(
                    Self.table,
                    [
                        .text([id, "", "NULL"]), .timestamp([1_736_937_000_123, .max, -1]),
                        .real([.infinity, -0.0, 2e-300]), .real([0.1, 1e300, -1]),
                        .optionalReal([nil, 2, nil]),
                        .integer([0, 2_147_483_647, 1]),
                    ]))
            let rows = try await scene.database.read(
                SQLCommand("SELECT * FROM sector_candles ORDER BY value"))
            #expect(
                rows.values == [
                    "", .timestamp(.max), .real(-0.0), 1e300, 2.0, 2_147_483_647,
                    "NULL", .timestamp(-1), .real(2e-300), -1.0, nil, 1,
                    .text(id), .timestamp(1_736_937_000_123), .real(.infinity), 0.1, nil, 0,
                ])
        }
    }

    @Test func `no rows are no work, and a table that is all key keeps what it has`() async throws {
        try await withScene { scene async throws in
            try await scene.database.upsert(batch(0..<0))
            try await scene.psql("CREATE TABLE \"odd \"\"name\" (\"select\" text PRIMARY KEY)")
            let table = UpsertTable("odd \"name", key: ["select"], others: [])
            try await scene.database.upsert(UpsertBatch(table, [.text(["a", "b"])]))
            try await scene.database.upsert(UpsertBatch(table, [.text(["b", "c"])]))
            #expect(try await scene.psql("SELECT count(*) FROM \"odd \"\"name\"") == "3")
        }
    }

    @Test(arguments: [Int64(-1), 1 << 31]) func `one bad row is told as such, and none is taken`(
        trades: Int64
    )
        async throws
    {
        try await withScene { scene async throws in
            try await scene.psql(Self.schema)
            var columns = batch(0..<100).columns
            columns[5] = .integer((0..<100).map { $0 == 50 ? trades : $0 })
            let bad = UpsertBatch(Self.table, columns)
            let error = await refusal { () throws(SQLError) in try await scene.database.upsert(bad) }
            #expect(error?.isFaultOfRow == true)
            #expect(try await scene.psql("SELECT count(*) FROM sector_candles") == "0")
        }
    }

    @Test func `a text with a NUL and a moment beyond all calendars are bad values`() async throws {
        try await withScene { scene async throws in
            try await scene.psql(Self.schema)
            var first = batch(0..<2).columns
            first[0] = .text(["a", "b\0"])
            var second = batch(0..<2).columns
            second[1] = .timestamp([0, .max - 1])
            for columns in [first, second] {
                let bad = UpsertBatch(Self.table, columns)
                let error = await refusal { () throws(SQLError) in try await scene.database.upsert(bad) }
                #expect(error?.isFaultOfRow == true)
            }
        }
    }

    @Test func `two rows with one key in a batch are refused`() async throws {
        try await withScene { scene async throws in
            try await scene.psql(Self.schema)
            var columns = batch(0..<2).columns
            columns[0] = .text(["a", "a"])
            columns[1] = .timestamp([0, 0])
            let bad = UpsertBatch(Self.table, columns)
            let error = await refusal { () throws(SQLError) in try await scene.database.upsert(bad) }
            guard case .refused(code: "21000", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
