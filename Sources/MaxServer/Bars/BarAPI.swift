/// `/api/bars`: the series that are stored; `/api/bars/{symbol}`: their bars.
struct BarAPI: Sendable {
    let bars: BarStore

    func add(to api: inout API) {
        api.get("/api/bars") { request in
            var query = try request.query()
            let limit = query.integer("limit", 1...5_000) ?? 1_000
            try query.finish()
            return try .data(await bars.overview(limit: limit))
        }
        api.get("/api/bars/{symbol}") { request in
            var query = try request.query()
            let resolution = query.resolution("resolution", isRequired: true)
            let (from, to) = (query.moment("from"), query.moment("to"))
            let limit = query.integer("limit", 1...5_000) ?? 500
            try query.finish()
            return try .data(
                await bars.bars(
                    request["symbol"], resolution?.name ?? "", from: from, to: to, limit: limit))
        }
    }
}
