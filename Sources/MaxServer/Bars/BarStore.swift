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
        return try rows.map { (row) throws(SQLError) in
            Bar(
                time: try row.timestamp(at: 0), open: try row.real(at: 1), high: try row.real(at: 2),
                low: try row.real(at: 3), close: try row.real(at: 4), volume: try row.realIfAny(at: 5) ?? 0)
        }.reversed()
    }
}
