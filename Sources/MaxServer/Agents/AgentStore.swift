import Database
import SocketIO

/// Agents in the database.
struct AgentStore: Sendable {
    /// Agents in one answer.
    static let most = 1_000

    let database: any Database

    /// A page of agents by their names, with what their sectors are called.
    func agents(
        id: String? = nil, sector: String? = nil, status: String? = nil, after: NameCursor? = nil,
        limit: Int = most
    ) async throws(SQLError) -> Page<Agent, NameCursor> {
        var filter = SQLFilter()
        filter.add("a.id", is: id)
        filter.add("a.sector_id", is: sector)
        filter.add("a.status", is: status)
        filter.add("a.name", "a.id", behind: after)
        let clause = filter.clause
        let rows = try await database.read(
            SQLCommand(
                """
                SELECT a.id, a.name, a.role, a.status, a.performance, a.trades, a.sector_id, a.personality,
                    a.created_at, a.last_seen_at, s.name, s.symbol
                FROM agents a LEFT JOIN sectors s ON s.id = a.sector_id
                \(clause) ORDER BY a.name, a.id LIMIT \(filter.bind(.integer(Int64(limit + 1))))
                """, filter.values))
        let found = try rows.map { (row) throws(SQLError) in
            Agent(
                id: try row.text(at: 0), name: try row.text(at: 1), role: try row.text(at: 2),
                status: try row.text(at: 3), performance: try row.real(at: 4),
                trades: Int(try row.integer(at: 5)), sectorId: try row.textIfAny(at: 6),
                personality: (try? JSONValue(parsing: try row.json(at: 7))) ?? [:],
                createdAt: try row.moment(at: 8), lastSeenAt: try row.momentIfAny(at: 9),
                sectorName: try row.textIfAny(at: 10), sectorSymbol: try row.textIfAny(at: 11))
        }
        return Page(found, limit: limit) { NameCursor(name: $0.name, id: $0.id) }
    }

    /// - Returns: whether it is new; one with its id stays as it is.
    func add(_ agent: Agent) async throws(SQLError) -> Bool {
        let rows = try await database.write(
            SQLCommand(
                """
                INSERT INTO agents (id, name, role, status, performance, trades, sector_id, personality, config,
                    created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT (id) DO NOTHING
                """,
                [
                    .text(agent.id), .text(agent.name), .text(agent.role), .text(agent.status),
                    .real(agent.performance), .integer(Int64(agent.trades)),
                    agent.sectorId.map(SQLValue.text) ?? .null, .json(agent.personality.description),
                    .json("{}"), .timestamp(agent.createdAt.milliseconds),
                ]))
        return rows.affected > 0
    }

    /// What to change: what is nil stays.
    struct Change: Sendable {
        var name: String?
        var role: String?
        var status: String?
        var performance: Double?
        var trades: Int?
        /// An empty one takes the agent out of its sector.
        var sectorId: String?
        var personality: JSONValue?
    }

    /// - Returns: whether there is such an agent.
    func change(_ id: String, _ change: Change, now: Moment = .now) async throws(SQLError) -> Bool {
        let rows = try await database.write(
            SQLCommand(
                """
                UPDATE agents SET name = COALESCE($2, name), role = COALESCE($3, role),
                    status = COALESCE($4, status), performance = COALESCE($5, performance),
                    trades = COALESCE($6, trades), sector_id = NULLIF(COALESCE($7, sector_id), ''),
                    personality = COALESCE($8, personality), updated_at = $9
                WHERE id = $1
                """,
                [
                    .text(id), change.name.map(SQLValue.text) ?? .null,
                    change.role.map(SQLValue.text) ?? .null, change.status.map(SQLValue.text) ?? .null,
                    change.performance.map(SQLValue.real) ?? .null,
                    change.trades.map { .integer(Int64($0)) } ?? .null,
                    change.sectorId.map(SQLValue.text) ?? .null,
                    change.personality.map { .json($0.description) } ?? .null, .timestamp(now.milliseconds),
                ]))
        return rows.affected > 0
    }

    /// - Returns: whether there was one.
    func remove(_ id: String) async throws(SQLError) -> Bool {
        try await database.write(SQLCommand("DELETE FROM agents WHERE id = $1", [.text(id)])).affected > 0
    }

    /// Takes over what an agent says of itself on the channel `agent_status`, and that it was seen. Its sector is
    /// not changed by that: there it only tells who wants to know.
    /// - Returns: whether there is such an agent; others are none of ours.
    func apply(_ update: AgentStatusUpdate, now: Moment = .now) async throws(SQLError) -> Bool {
        let rows = try await database.write(
            SQLCommand(
                "UPDATE agents SET status = $2, last_seen_at = $3 WHERE id = $1",
                [.text(update.agentId), .text(update.status), .timestamp(now.milliseconds)]))
        return rows.affected > 0
    }
}

extension AgentStatusUpdate {
    /// In characters.
    static let statusLength = 1...100

    /// Reads a message of the channel `agent_status`; nil if it cannot be stored. Any status of this length is one:
    /// workers may have more of them than `Agent.statuses`.
    init?(_ payload: JSONObject) {
        var fields = FieldReader(payload)
        guard let agent = fields.text("agentId", 1...100),
            let status = fields.text("status", Self.statusLength)
        else {
            return nil
        }
        self.init(agentId: agent, sectorId: fields.text("sectorId", 1...100), status: status)
    }
}
