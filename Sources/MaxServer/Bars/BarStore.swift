import Database

/// Bars in the database.
struct BarStore: Sendable {
    let database: any Database

    /// The last bars of a stretch of time, oldest first.
    /// - Parameter resolution: by any of its names.
    func bars(
        _ symbol: String, _ resolution: String, from: Moment?, to: Moment?, limit: Int
    ) async throws(SQLError) -> [Bar] {
        let rows = try await database.read(
            SQLCommand(
                """
                SELECT "time", open, high, low, close, volume FROM bars
                WHERE symbol = $1 AND resolution = $2 AND "time" >= $3 AND "time" <= $4
                ORDER BY "time" DESC LIMIT $5
                """,
                [
                    .text(symbol), .text(Resolution.stored(resolution)),
                    .timestamp((from ?? .first).milliseconds),
                    .timestamp((to ?? .last).milliseconds), .integer(Int64(limit)),
                ]))
        return try rows.map(Self.bar).reversed()
    }

    /// The last bar of each resolution that has begun by then.
    func newest(_ symbol: String, _ resolutions: [Resolution], at now: Moment) async throws(SQLError)
        -> [Resolution: Bar]
    {
        var newest: [Resolution: Bar] = [:]
        for resolution in resolutions {
            newest[resolution] = try await bars(symbol, resolution.name, from: nil, to: now, limit: 1).last
        }
        return newest
    }

    /// The next bars of a series behind a time, oldest first.
    func page(_ series: BarSeries, after time: Int64, to last: Moment, limit: Int) async throws(SQLError)
        -> [Bar]
    {
        let rows = try await database.read(
            SQLCommand(
                """
                SELECT "time", open, high, low, close, volume FROM bars
                WHERE symbol = $1 AND resolution = $2 AND "time" > $3 AND "time" <= $4
                ORDER BY "time" LIMIT $5
                """,
                [
                    .text(series.symbol), .text(series.resolution), .timestamp(time),
                    .timestamp(last.milliseconds), .integer(Int64(limit)),
                ]))
        return try rows.map(Self.bar)
    }

    /// The series there are, by symbol and resolution, each with where it begins and ends.
    func overview(limit: Int) async throws(SQLError) -> [StoredSeries] {
        func one(_ column: String, _ order: String) -> String {
            """
            (SELECT \(column) FROM bars b WHERE b.symbol = s.symbol AND b.resolution = s.resolution
                ORDER BY b."time" \(order) LIMIT 1)
            """
        }
        let rows = try await database.read(
            SQLCommand(
                """
                \(Self.series)
                SELECT symbol, resolution, \(one("\"time\"", "")), \(one("\"time\"", "DESC")), \(one("close", "DESC"))
                FROM series s
                """, [.integer(Int64(limit))]))
        return try rows.map { (row) throws(SQLError) in
            StoredSeries(
                symbol: try row.text(at: 0), resolution: try row.text(at: 1), from: try row.timestamp(at: 2),
                to: try row.timestamp(at: 3), last: try row.real(at: 4))
        }
    }

    /// All series there are.
    func series() async throws(SQLError) -> [BarSeries] {
        let rows = try await database.read(
            SQLCommand(
                "\(Self.series) SELECT symbol, resolution FROM series",
                [.integer(.max)]))
        return try rows.map { (row) throws(SQLError) in
            BarSeries(symbol: try row.text(at: 0), resolution: try row.text(at: 1))
        }
    }

    /// The series one behind the other, `$1` at most, found by jumps in the primary key: a look-up for each resolution
    /// and each symbol, where DISTINCT would read every bar. (Neither database jumps by itself, and SQLite does not
    /// when pairs are compared.) Before the first resolution of a symbol comes an empty one, behind the last a NULL.
    private static let series = """
        WITH RECURSIVE walk(symbol, resolution, before) AS (
            SELECT MIN(symbol), '', CAST(0 AS BIGINT) FROM bars
            UNION ALL
            SELECT
                CASE WHEN w.resolution IS NULL
                    THEN (SELECT MIN(b.symbol) FROM bars b WHERE b.symbol > w.symbol)
                    ELSE w.symbol END,
                CASE WHEN w.resolution IS NULL
                    THEN ''
                    ELSE (SELECT MIN(b.resolution) FROM bars b
                        WHERE b.symbol = w.symbol AND b.resolution > w.resolution) END,
                CASE WHEN w.resolution <> '' THEN w.before + 1 ELSE w.before END
            FROM walk w WHERE w.symbol IS NOT NULL AND w.before < $1),
        series AS (SELECT symbol, resolution FROM walk WHERE resolution <> '' AND before < $1)
        """

    private static func bar(_ row: SQLRow) throws(SQLError) -> Bar {
        Bar(
            time: try row.timestamp(at: 0), open: try row.real(at: 1), high: try row.real(at: 2),
            low: try row.real(at: 3), close: try row.real(at: 4), volume: try row.realIfAny(at: 5) ?? 0)
    }
}

/// Whose bars, and how long they are.
struct BarSeries: Sendable, Hashable {
    var symbol: String
    var resolution: String
}

/// A series with its stretch of time, as clients get it.
struct StoredSeries: Encodable, Sendable {
    var symbol: String
    var resolution: String
    /// The starts of its first and last bar, in milliseconds since 1970.
    var from: Int64
    var to: Int64
    /// The last bar's close.
    var last: Double
}
