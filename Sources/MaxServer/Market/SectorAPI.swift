/// `/api/sectors`: what there is to trade, and what it was worth.
struct SectorAPI: Sendable {
    /// Candles of one answer.
    private static let candles = 1...5_000

    let sectors: SectorStore
    let agents: @Sendable (_ sector: String) async throws -> [Agent]
    let discussions: @Sendable (_ sector: String) async throws -> [Discussion]
    let publisher: MaxPublisher

    /// A sector with all that belongs to it.
    private struct Whole: Encodable, Sendable {
        var sector: SectorSummary
        var agents: [Agent]
        var discussions: [Discussion]
        var candleData: [SectorCandle]

        private enum Key: String, CodingKey { case agents, discussions, candleData }

        func encode(to encoder: any Encoder) throws {
            try sector.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(agents, forKey: .agents)
            try container.encode(discussions, forKey: .discussions)
            try container.encode(candleData, forKey: .candleData)
        }
    }

    func add(to api: inout API) {
        api.get("/api/sectors") { try await list($0) }
        api.post("/api/sectors") { try await create($0) }
        api.get("/api/sectors/{id}") { try await whole($0["id"]) }
        api.patch("/api/sectors/{id}") { try await change($0) }
        api.delete("/api/sectors/{id}") { request in
            let id = request["id"]
            guard try await sectors.remove(id) else { throw APIFailure.notFound("sector", id) }
            await publisher.announce(RoomChange(forget: ["sector:\(id)"]))
            return .done
        }
        api.get("/api/sectors/{id}/candles") { try await candles($0) }
    }

    private func summary(_ id: String) async throws -> SectorSummary {
        guard let summary = try await sectors.summaries(id: id).elements.first else {
            throw APIFailure.notFound("sector", id)
        }
        return summary
    }

    private func list(_ request: APIRequest) async throws -> APIAnswer {
        var query = try request.query()
        let after = query.nameCursor("after")
        let limit = query.integer("limit", 1...SectorStore.most) ?? SectorStore.most
        try query.finish()
        let page = try await sectors.summaries(after: after, limit: limit)
        var answer = try APIAnswer.data(page.elements)
        answer.next = APIAnswer.Next(page.next)
        return answer
    }

    private func whole(_ id: String) async throws -> APIAnswer {
        let summary = try await summary(id)
        return try .data(
            Whole(
                sector: summary, agents: try await agents(id), discussions: try await discussions(id),
                candleData: try await sectors.candles(of: id, from: nil, to: nil, limit: 500)))
    }

    private func create(_ request: APIRequest) async throws -> APIAnswer {
        var body = try request.body()
        let now = Moment.now
        let sector = Sector(
            id: body.id("id") ?? Identifier.make("sector"),
            name: body.text("name", 1...200, isRequired: true) ?? "",
            symbol: body.text("symbol", 1...20, isRequired: true) ?? "",
            description: body.text("description", 1...2_000), createdAt: now, updatedAt: now)
        try body.finish()
        guard try await sectors.add(sector) else { throw APIFailure.exists("sector", sector.id) }
        return try .created(await summary(sector.id), at: "/api/sectors/\(sector.id)")
    }

    private func change(_ request: APIRequest) async throws -> APIAnswer {
        let id = request["id"]
        var body = try request.body()
        let name = body.text("name", 1...200)
        let symbol = body.text("symbol", 1...20)
        let description = body.text("description", 0...2_000)
        try body.finish()
        guard try await sectors.change(id, name: name, symbol: symbol, description: description) else {
            throw APIFailure.notFound("sector", id)
        }
        return try .data(await summary(id))
    }

    private func candles(_ request: APIRequest) async throws -> APIAnswer {
        let id = request["id"]
        var query = try request.query()
        let (from, to) = (query.moment("from"), query.moment("to"))
        let limit = query.integer("limit", Self.candles) ?? 500
        let resolution = query.resolution("resolution")
        try query.finish()
        guard try await sectors.exists(id) else { throw APIFailure.notFound("sector", id) }
        guard let resolution else {
            return try .data(await sectors.candles(of: id, from: from, to: to, limit: limit))
        }
        return try .data(await sectors.merged(of: id, to: resolution, from: from, to: to, limit: limit))
    }
}

extension FieldReader {
    /// One that candles can be merged to.
    fileprivate mutating func resolution(_ name: String) -> Resolution? {
        guard let text = text(name, 1...10) else { return nil }
        let resolution = Resolution(text)
        if resolution == nil { fail(name, "format", "it is minutes that divide a day, or D for a day") }
        return resolution
    }
}
