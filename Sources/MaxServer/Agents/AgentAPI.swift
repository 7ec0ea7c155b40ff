import SocketIO

/// `/api/agents`: who trades, and how it goes.
struct AgentAPI: Sendable {
    /// Largest personality, in bytes of JSON.
    private static let personality = 16_384
    /// What its column holds.
    private static let trades = 0...Int(Int32.max)

    let agents: AgentStore
    let publisher: MaxPublisher

    func add(to api: inout API) {
        api.get("/api/agents") { try await list($0) }
        api.post("/api/agents") { try await create($0) }
        api.get("/api/agents/{id}") { try .data(await agent($0["id"])) }
        api.patch("/api/agents/{id}") { try await change($0) }
        api.delete("/api/agents/{id}") { request in
            let id = request["id"]
            guard try await agents.remove(id) else { throw APIFailure.notFound("agent", id) }
            await publisher.announce(RoomChange(forget: ["agent:\(id)"], agent: id))
            return .done
        }
    }

    private func agent(_ id: String) async throws -> Agent {
        guard let agent = try await agents.agents(id: id).elements.first else {
            throw APIFailure.notFound("agent", id)
        }
        return agent
    }

    private func list(_ request: APIRequest) async throws -> APIAnswer {
        var query = try request.query()
        let sector = query.text("sectorId", 1...100)
        // Any that may have come by the bus.
        let status = query.text("status", AgentStatusUpdate.statusLength)
        let after = query.nameCursor("after")
        let limit = query.integer("limit", 1...AgentStore.most) ?? AgentStore.most
        try query.finish()
        let page = try await agents.agents(sector: sector, status: status, after: after, limit: limit)
        var answer = try APIAnswer.data(page.elements)
        answer.next = APIAnswer.Next(page.next)
        return answer
    }

    private func create(_ request: APIRequest) async throws -> APIAnswer {
        var body = try request.body()
        let agent = Agent(
            id: body.id("id") ?? Identifier.make("agent"),
            name: body.text("name", 1...200, isRequired: true) ?? "",
            role: body.text("role", 1...200, isRequired: true) ?? "",
            status: body.choice("status", Agent.statuses) ?? "idle",
            performance: body.number("performance") ?? 0, trades: body.integer("trades", Self.trades) ?? 0,
            sectorId: body.id("sectorId"), personality: body.personality(Self.personality) ?? [:],
            createdAt: .now)
        try body.finish()
        guard try await agents.add(agent) else { throw APIFailure.exists("agent", agent.id) }
        await publisher.announce(RoomChange(reread: agent.rooms))
        return try .created(await self.agent(agent.id), at: "/api/agents/\(agent.id)")
    }

    private func change(_ request: APIRequest) async throws -> APIAnswer {
        let id = request["id"]
        var body = try request.body()
        var change = AgentStore.Change(
            name: body.text("name", 1...200), role: body.text("role", 1...200),
            status: body.choice("status", Agent.statuses), performance: body.number("performance"),
            trades: body.integer("trades", Self.trades), sectorId: body.id("sectorId"),
            personality: body.personality(Self.personality))
        // `null` says that it has none.
        if body.has("sectorId"), change.sectorId == nil { change.sectorId = "" }
        try body.finish()
        guard try await agents.change(id, change) else { throw APIFailure.notFound("agent", id) }
        let agent = try await agent(id)
        if change.sectorId != nil { await publisher.announce(RoomChange(reread: agent.rooms, agent: id)) }
        var answer = try APIAnswer.data(agent)
        // Also one that it has already: the first time the bus may have been away.
        if let status = change.status {
            answer.isPublished = await publisher.announce(in: agent.rooms) {
                try await $0.publishAgentStatus(agentId: id, sectorId: agent.sectorId, status: status)
            }
        }
        return answer
    }
}

extension Agent {
    /// Those in which its status stands.
    fileprivate var rooms: [String] { ["agent:\(id)"] + (sectorId.map { ["sector:\($0)"] } ?? []) }
}

extension FieldReader {
    /// An object that both databases can hold.
    fileprivate mutating func personality(_ limit: Int) -> JSONValue? {
        guard let object = object("personality").map(JSONValue.object) else { return nil }
        guard object.description.utf8.count <= limit, !object.hasNUL else {
            fail("personality", "length", "it has at most \(limit) bytes as JSON, and no NUL")
            return nil
        }
        return object
    }
}

extension JSONValue {
    /// Whether a text in it has the character NUL, which Postgres does not store.
    fileprivate var hasNUL: Bool {
        switch self {
        case .null, .bool, .number, .binary: false
        case .string(let text): text.utf8.contains(0)
        case .array(let elements): elements.contains(where: \.hasNUL)
        case .object(let object): object.members.contains { $0.key.utf8.contains(0) || $0.value.hasNUL }
        }
    }
}
