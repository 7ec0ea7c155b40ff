import Database

/// Candles of a coarser resolution, made by the database of those that are stored.
extension SectorStore {
    /// Stored candles that are read for one answer.
    static let mostMerged = 1_000_000

    /// The last candles of a stretch of time as they are in a coarser resolution, oldest first.
    ///
    /// There are fewer than `limit` if there is nothing before them, or if more than `most` stored ones would have to
    /// be read; then the oldest is whole, too. The oldest of a stretch that begins within a candle has its rest.
    func merged(
        of id: String, to resolution: Resolution, from: Moment?, to: Moment?, limit: Int,
        reading most: Int = mostMerged
    ) async throws(SQLError) -> [SectorCandle] {
        let first = (from ?? .first).milliseconds
        var (merged, left): ([SectorCandle], Int) = ([], most)
        var end = (to ?? .last).milliseconds
        // As many as are asked for, if there are no gaps. Where there are, each part is twice as long as the last.
        var buckets = Int64(limit)
        while merged.count < limit, left > 0, first <= end,
            let last = try await lastTime(of: id, in: first...end)
        {
            let start = max(first, resolution.start(of: last) - resolution.milliseconds * (buckets - 1))
            var part = try await part(
                of: id, to: resolution, in: start...last, limit: limit - merged.count, reading: left)
            left -= part.read
            if left <= 0 { _ = part.candles.popLast() }
            merged += part.candles
            end = start - 1
            // No more than there are minutes in time.
            buckets = min(buckets * 2, 1_000_000_000)
        }
        return merged.reversed()
    }

    private func lastTime(of id: String, in times: ClosedRange<Int64>) async throws(SQLError) -> Int64? {
        let rows = try await database.read(
            SQLCommand(
                """
                SELECT "timestamp" FROM sector_candles
                WHERE sector_id = $1 AND "timestamp" >= $2 AND "timestamp" <= $3
                ORDER BY "timestamp" DESC LIMIT 1
                """, [.text(id), .timestamp(times.lowerBound), .timestamp(times.upperBound)]))
        return try rows.first?.timestamp(at: 0)
    }

    /// Newest first, and how many stored candles they are made of.
    private func part(
        of id: String, to resolution: Resolution, in times: ClosedRange<Int64>, limit: Int, reading most: Int
    ) async throws(SQLError) -> (candles: [SectorCandle], read: Int) {
        // The key's index finds both ends of each; a join might read the whole table instead.
        let one = #"FROM sector_candles s WHERE s.sector_id = $1 AND s."timestamp" ="#
        let rows = try await database.read(
            SQLCommand(
                """
                SELECT g.first_time, g.number, g.high, g.low, g.volume,
                    (SELECT COALESCE(s.open, s.value) \(one) g.first_time),
                    (SELECT s.value \(one) g.last_time),
                    (SELECT COALESCE(s.close, s.value) \(one) g.last_time)
                FROM (
                    SELECT MIN(c."timestamp") AS first_time, MAX(c."timestamp") AS last_time,
                        COUNT(*) AS number, MAX(COALESCE(c.high, c.value)) AS high,
                        MIN(COALESCE(c.low, c.value)) AS low, SUM(c.volume) AS volume
                    FROM (
                        SELECT "timestamp", value, high, low, volume FROM sector_candles
                        WHERE sector_id = $1 AND "timestamp" >= $2 AND "timestamp" <= $3
                        ORDER BY "timestamp" DESC LIMIT $4
                    ) c
                    GROUP BY \(bucket(resolution))
                    ORDER BY MIN(c."timestamp") DESC LIMIT $5
                ) g ORDER BY g.first_time DESC
                """,
                [
                    .text(id), .timestamp(times.lowerBound), .timestamp(times.upperBound),
                    .integer(Int64(most)), .integer(Int64(limit)),
                ]))
        var read = 0
        let candles = try rows.map { (row) throws(SQLError) in
            read += Int(try row.integer(at: 1))
            return SectorCandle(
                timestamp: Moment(milliseconds: resolution.start(of: try row.timestamp(at: 0))),
                value: try row.real(at: 6), open: try row.real(at: 5), high: try row.real(at: 2),
                low: try row.real(at: 3), close: try row.real(at: 7), volume: try row.realIfAny(at: 4))
        }
        return (candles, read)
    }

    /// What is the same for all candles of a bucket, before 1970 as after.
    private func bucket(_ resolution: Resolution) -> String {
        let length = resolution.milliseconds
        return switch database.dialect {
        case .postgres: #"FLOOR(CAST(EXTRACT(EPOCH FROM c."timestamp") AS FLOAT8) * 1000 / \#(length))"#
        case .sqlite: #"c."timestamp" - ((c."timestamp" % \#(length)) + \#(length)) % \#(length)"#
        }
    }
}
