import Database

/// Bars in the database.
struct BarStore: Sendable {
    let database: any Database

    /// The last bars of a stretch of time, oldest first.
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
                    .text(symbol), .text(resolution), .timestamp((from ?? .first).milliseconds),
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

    /// All series there are.
    func series() async throws(SQLError) -> [BarSeries] {
        let rows = try await database.read(
            SQLCommand("SELECT DISTINCT symbol, resolution FROM bars ORDER BY symbol, resolution", []))
        return try rows.map { (row) throws(SQLError) in
            BarSeries(symbol: try row.text(at: 0), resolution: try row.text(at: 1))
        }
    }

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
