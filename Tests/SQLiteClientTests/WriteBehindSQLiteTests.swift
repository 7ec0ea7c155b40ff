import Database
import SQLiteClient
import TestSupport
import Testing

@Suite("Rows stored behind their writers, on a real database")
struct WriteBehindSQLiteTests {
    @Test func `candles from many threads are all there, each in its last state`() async throws {
        let folder = try TemporaryFolder()
        let database = try await SQLiteDatabase.opened(folder)
        try await database.write(Candles.create)
        let candles = WriteBehind(Candle.table, into: database)
        await withTaskGroup(of: Void.self) { group in
            for sector in 0..<4 {
                group.addTask {
                    for tick in Int64(0)..<5_000 {
                        candles.add(
                            Candle(sector: "s\(sector)", at: tick / 10, close: Double(tick), volume: nil))
                    }
                }
            }
        }
        #expect(await candles.close(within: .seconds(60)) == 0)
        let rows = try await database.read(
            SQLCommand(
                "SELECT sector, count(*), min(close - at * 10), max(close - at * 10) FROM candles GROUP BY sector ORDER BY sector"
            ))
        #expect(rows.count == 4)
        for index in 0..<rows.count {
            let row = rows.row(index)
            #expect(try row.text(at: 0) == "s\(index)" && row.integer(at: 1) == 500)
            #expect(try row.real(at: 2) == 9 && row.real(at: 3) == 9)
        }
        await database.close()
    }

    @Test func `a row that breaks a rule is told, the others are stored`() async throws {
        let database = try await SQLiteDatabase(.memory)
        try await database.write(Candles.create)
        let bad = Journal<SQLError>()
        let candles = WriteBehind(Candle.table, into: database, badRow: { _, error in bad.append(error) })
        candles.add(
            contentsOf: (0..<100).map { Candle(sector: "s", at: $0, close: $0 == 42 ? .nan : 1, volume: 2) })
        await candles.flush()
        #expect(bad.all == [.badValue(message: "NaN is no number that SQLite can hold")])
        #expect(try await database.read(SQLCommand("SELECT count(*) FROM candles")).values == [99])
        await database.close()
    }

    @Test func `a row that is there as it is, is not written again`() async throws {
        let database = try await SQLiteDatabase(.memory)
        try await database.write(Candles.create)
        let written = SQLCommand("SELECT total_changes()")
        let rows = (0..<100).map { (sector: "s", at: Int64($0), close: 1.0, volume: $0 == 0 ? nil : 2.0) }
        try await database.upsert(Candles.batch(rows))
        let before = try await database.write(written).values
        try await database.upsert(Candles.batch(rows))
        #expect(try await database.write(written).values == before)
        try await database.upsert(Candles.batch([("s", 0, 1, 2), ("s", 1, 1, nil), ("s", 2, 1, 2)]))
        #expect(try await database.read(SQLCommand("SELECT count(volume) FROM candles")).values == [99])
        await database.close()
    }

    @Test func `rows wait for their table`() async throws {
        let database = try await SQLiteDatabase(.memory)
        var options = WriteBehindOptions()
        (options.window, options.firstRetry, options.slowestRetry) = (
            .zero, .milliseconds(1), .milliseconds(1)
        )
        let candles = WriteBehind(Candle.table, into: database, options: options)
        candles.add(Candle(sector: "s", at: 1, close: 1, volume: nil))
        #expect(await eventually { candles.counts.retried > 2 })
        try await database.write(Candles.create)
        await candles.flush()
        #expect(try await database.read(SQLCommand("SELECT count(*) FROM candles")).values == [1])
        await database.close()
    }

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
}
