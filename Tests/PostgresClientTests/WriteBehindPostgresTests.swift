import Database
import PostgresClient
import TestSupport
import Testing

@Suite("Rows stored behind their writers, in Postgres", .serialized, .timeLimit(.minutes(5)))
struct WriteBehindPostgresTests {
    private struct Candle: KeyedRow {
        static let table = KeyedTable(
            "candles", key: ["sector": .text, "at": .timestamp],
            others: ["close": .real, "volume": .optionalReal])
        var sector: String
        var at: Int64
        var close: Double
        var volume: Double?

        func append(to row: inout RowWriter) {
            row.add(sector)
            row.add(timestamp: at)
            row.add(close)
            row.add(optional: volume)
        }
    }

    private let create = """
        CREATE TABLE candles (sector text, at timestamptz, close float8 CHECK (close >= 0), volume float8,
            PRIMARY KEY (sector, at))
        """

    @Test(arguments: [PostgresServer.Ending.fast, .immediate])
    func `nothing is lost when the server starts again meanwhile`(ending: PostgresServer.Ending) async throws
    {
        let server = try await PostgresServer.started()
        try await withScene(on: server) { scene async throws in
            try await scene.psql(create)
            let candles = WriteBehind(Candle.table, into: scene.database)
            for tick in Int64(0)..<20_000 {
                candles.add(Candle(sector: "s\(tick % 7)", at: tick, close: Double(tick), volume: nil))
                if tick == 10_000 {
                    #expect(await eventually { candles.counts.written > 0 })
                    server.stop(ending)
                }
            }
            try await server.start()
            #expect(await candles.close(within: .seconds(60)) == 0)
            #expect(candles.counts.dropped == 0 && candles.counts.failed == 0)
            #expect(try await scene.psql("SELECT count(*), sum(close) FROM candles") == "20000|199990000")
        }
    }

    @Test func `a row that breaks a rule is told, the others are stored`() async throws {
        try await withScene { scene async throws in
            try await scene.psql(create)
            let bad = Journal<SQLError>()
            let candles = WriteBehind(
                Candle.table, into: scene.database, badRow: { _, error in bad.append(error) })
            candles.add(
                contentsOf: (0..<100).map {
                    Candle(sector: $0 == 7 ? "\0" : "s", at: $0, close: $0 == 42 ? -1 : 1, volume: .nan)
                })
            await candles.flush()
            #expect(bad.all.filter(\.isFaultOfRow).count == 2 && bad.count == 2)
            #expect(try await scene.psql("SELECT count(*) FROM candles") == "98")
        }
    }

    @Test(arguments: ["P0001", "XX000"])
    func `a row that a trigger refuses does not keep the others out`(code: String) async throws {
        try await withScene { scene async throws in
            try await scene.psql(create)
            try await scene.psql(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = '\(code)'; END $$;
                CREATE TRIGGER refuse BEFORE INSERT ON candles FOR EACH ROW WHEN (NEW.close = 42)
                    EXECUTE FUNCTION refuse();
                """)
            var options = WriteBehindOptions()
            (options.firstRetry, options.slowestRetry) = (.milliseconds(1), .milliseconds(2))
            let candles = WriteBehind(Candle.table, into: scene.database, options: options)
            candles.add(
                contentsOf: (0..<100).map { Candle(sector: "s", at: $0, close: Double($0), volume: nil) })
            #expect(await candles.close(within: .seconds(60)) == 0)
            #expect(candles.counts.failed == 1 && candles.counts.written == 99)
            #expect(try await scene.psql("SELECT count(*) FROM candles") == "99")
        }
    }
}
