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
            // Any that may be stored: bars are found by its name alone.
            let resolution = query.text("resolution", MarketRecorder.nameLength, isRequired: true)
            let (from, to) = (query.moment("from"), query.moment("to"))
            let limit = query.integer("limit", 1...5_000) ?? 500
            try query.finish()
            return try .data(
                await bars.bars(
                    request["symbol"], resolution ?? "", from: from, to: to, limit: limit))
        }
    }
}
