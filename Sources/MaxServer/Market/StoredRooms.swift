import Database
import SocketIO

/// What the database knows of a room: the messages that a client would have got, had it been there.
struct StoredRooms: Sendable {
    /// Candles and bars of a room.
    private static let most = 500

    let database: any Database

    /// Whether it may know a room of this name.
    static func isStored(_ room: String) -> Bool {
        ["sector", "discussion", "agent", "bars"].contains(room.prefix { $0 != ":" })
    }

    /// Oldest first; empty for rooms of which nothing is stored.
    func messages(of room: String) async throws -> RoomPrimer.Stored {
        let parts = room.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count) {
        case ("sector", 2): return try await sector(parts[1])
        case ("discussion", 2): return try await discussion(parts[1])
        case ("agent", 2): return try await agents("id", parts[1])
        case ("bars", 3): return try await bars(parts[1], parts[2])
        default: return []
        }
    }

    private func sector(_ id: String) async throws -> RoomPrimer.Stored {
        struct Message: Encodable, Sendable {
            var sectorId: String
            var candle: SectorCandle
        }
        let candles = try await SectorStore(database: database).candles(
            of: id, from: nil, to: nil, limit: Self.most)
        let stored: RoomPrimer.Stored = try candles.map { candle in
            let key = "\(candle.timestamp.milliseconds)"
            let payload = try RawJSON(encoding: Message(sectorId: id, candle: candle))
            return ("sector:candle_update", key, payload)
        }
        return try await stored + agents("sector_id", id)
    }

    /// - Parameter column: by which they are found; a name of ours, never a client's.
    private func agents(_ column: String, _ value: String) async throws -> RoomPrimer.Stored {
        struct Message: Encodable, Sendable {
            var agentId: String
            var sectorId: String?
            var status: String
        }
        let rows = try await database.read(
            SQLCommand(
                "SELECT id, sector_id, status FROM agents WHERE \(column) = $1 ORDER BY id LIMIT 200",
                [.text(value)]))
        let agents = try rows.map { (row) throws(SQLError) in
            Message(
                agentId: try row.text(at: 0), sectorId: try row.textIfAny(at: 1),
                status: try row.text(at: 2))
        }
        return try agents.map { agent in
            ("agent:status_update", HistoryKey.text(agent.agentId), try RawJSON(encoding: agent))
        }
    }

    private func discussion(_ id: String) async throws -> RoomPrimer.Stored {
        try await MessageStore(database: database).messages(of: id).elements.map { message in
            (
                "discussion:new_message", HistoryKey.text(message.id),
                try RawJSON(encoding: NewMessage(message))
            )
        }
    }

    private func bars(_ symbol: String, _ resolution: String) async throws -> RoomPrimer.Stored {
        let bars = try await BarStore(database: database).bars(
            symbol, resolution, from: nil, to: nil, limit: Self.most)
        return try bars.map { bar in
            let message = BarMessage(symbol: symbol, resolution: resolution, bar: bar)
            return ("bar:update", "\(bar.time)", try RawJSON(encoding: message))
        }
    }
}
