import Database

/// Sectors and their candles in the database.
struct SectorStore: Sendable {
    /// Sectors in one answer.
    static let most = 1_000

    let database: any Database

    // MARK: Sectors

    /// A page of sectors by their names, or the one with an id.
    func summaries(
        id: String? = nil, after: NameCursor? = nil, limit: Int = most, now: Moment = .now
    ) async throws(SQLError) -> Page<SectorSummary, NameCursor> {
        var filter = SQLFilter()
        let dayAgo = filter.bind(.timestamp(now.milliseconds - 86_400_000))
        filter.add("s.id", is: id)
        filter.add("s.name", "s.id", behind: after)
        let clause = filter.clause
        let rows = try await database.read(
            SQLCommand(
                """
                SELECT s.id, s.name, s.symbol, s.description, s.created_at,
                    (SELECT c.value FROM sector_candles c WHERE c.sector_id = s.id
                        ORDER BY c."timestamp" DESC LIMIT 1),
                    COALESCE(
                        (SELECT c.value FROM sector_candles c WHERE c.sector_id = s.id AND c."timestamp" <= \(dayAgo)
                            ORDER BY c."timestamp" DESC LIMIT 1),
                        (SELECT c.value FROM sector_candles c WHERE c.sector_id = s.id
                            ORDER BY c."timestamp" LIMIT 1)),
                    (SELECT SUM(c.volume) FROM sector_candles c
                        WHERE c.sector_id = s.id AND c."timestamp" > \(dayAgo)),
                    (SELECT COUNT(*) FROM agents a WHERE a.sector_id = s.id),
                    (SELECT COUNT(*) FROM agents a
                        WHERE a.sector_id = s.id AND a.status IN ('active', 'processing')),
                    (SELECT COUNT(*) FROM discussions d WHERE d.sector_id = s.id)
                FROM sectors s \(clause)
                ORDER BY s.name, s.id LIMIT \(filter.bind(.integer(Int64(limit + 1))))
                """, filter.values))
        let found = try rows.map { (row) throws(SQLError) in
            let (current, before) = (try row.realIfAny(at: 5), try row.realIfAny(at: 6))
            let change = current.flatMap { current in before.map { current - $0 } }
            return SectorSummary(
                id: try row.text(at: 0), name: try row.text(at: 1), symbol: try row.text(at: 2),
                description: try row.textIfAny(at: 3), createdAt: try row.moment(at: 4),
                currentPrice: current,
                change: change,
                changePercent: change.flatMap { change in
                    before.flatMap { $0 == 0 ? nil : change / $0 * 100 }
                },
                volume: try row.realIfAny(at: 7) ?? 0, agentsCount: Int(try row.integer(at: 8)),
                activeAgentsCount: Int(try row.integer(at: 9)),
                discussionsCount: Int(try row.integer(at: 10)))
        }
        return Page(found, limit: limit) { NameCursor(name: $0.name, id: $0.id) }
    }

    /// - Returns: whether it is new; one with its id stays as it is.
    func add(_ sector: Sector) async throws(SQLError) -> Bool {
        let rows = try await database.write(
            SQLCommand(
                """
                INSERT INTO sectors (id, name, symbol, description, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (id) DO NOTHING
                """,
                [
                    .text(sector.id), .text(sector.name), .text(sector.symbol),
                    sector.description.map(SQLValue.text) ?? .null,
                    .timestamp(sector.createdAt.milliseconds),
                ]))
        return rows.affected > 0
    }

    /// Changes what is not nil. An empty description removes it.
    /// - Returns: whether there is such a sector.
    func change(
        _ id: String, name: String?, symbol: String?, description: String?, now: Moment = .now
    ) async throws(SQLError) -> Bool {
        let rows = try await database.write(
            SQLCommand(
                """
                UPDATE sectors SET name = COALESCE($2, name), symbol = COALESCE($3, symbol),
                    description = NULLIF(COALESCE($4, description), ''), updated_at = $5
                WHERE id = $1
                """,
                [
                    .text(id), name.map(SQLValue.text) ?? .null, symbol.map(SQLValue.text) ?? .null,
                    description.map(SQLValue.text) ?? .null, .timestamp(now.milliseconds),
                ]))
        return rows.affected > 0
    }

    /// Removes a sector and its candles. Its agents and discussions stay, without a sector.
    /// - Returns: whether there was one.
    func remove(_ id: String) async throws(SQLError) -> Bool {
        let key = SQLValue.text(id)
        let results = try await database.transaction([
            SQLCommand("DELETE FROM sectors WHERE id = $1", [key]),
            SQLCommand("DELETE FROM sector_candles WHERE sector_id = $1", [key]),
            SQLCommand("UPDATE agents SET sector_id = NULL WHERE sector_id = $1", [key]),
            SQLCommand("UPDATE discussions SET sector_id = NULL WHERE sector_id = $1", [key]),
        ])
        return results.first.map { $0.affected > 0 } ?? false
    }

    func exists(_ id: String) async throws(SQLError) -> Bool {
        try await !database.read(SQLCommand("SELECT 1 FROM sectors WHERE id = $1", [.text(id)])).isEmpty
    }

    // MARK: Candles

    /// The last candles of a stretch of time, oldest first.
    func candles(
        of id: String, from: Moment?, to: Moment?, limit: Int
    ) async throws(SQLError) -> [SectorCandle] {
        let rows = try await database.read(
            SQLCommand(
                """
                SELECT "timestamp", value, open, high, low, close, volume FROM sector_candles
                WHERE sector_id = $1 AND "timestamp" >= $2 AND "timestamp" <= $3
                ORDER BY "timestamp" DESC LIMIT $4
                """,
                [
                    .text(id), .timestamp((from ?? .first).milliseconds),
                    .timestamp((to ?? .last).milliseconds), .integer(Int64(limit)),
                ]))
        return try rows.map { (row) throws(SQLError) in
            SectorCandle(
                timestamp: try row.moment(at: 0), value: try row.real(at: 1), open: try row.realIfAny(at: 2),
                high: try row.realIfAny(at: 3), low: try row.realIfAny(at: 4),
                close: try row.realIfAny(at: 5), volume: try row.realIfAny(at: 6))
        }.reversed()
    }
}

extension SQLRow {
    func moment(at column: Int) throws(SQLError) -> Moment {
        Moment(milliseconds: try timestamp(at: column))
    }

    func momentIfAny(at column: Int) throws(SQLError) -> Moment? {
        try timestampIfAny(at: column).map(Moment.init(milliseconds:))
    }
}
