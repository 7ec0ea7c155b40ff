/// A part of the market, with an index of its own.
struct Sector: Codable, Sendable, Equatable {
    var id: String
    var name: String
    /// How it is written on boards, e.g. `TECH`.
    var symbol: String
    var description: String?
    var createdAt: Moment
    var updatedAt: Moment
}

/// A sector with what its day was like: what lists show.
struct SectorSummary: Codable, Sendable, Equatable {
    var id: String
    var name: String
    var symbol: String
    var description: String?
    var createdAt: Moment
    /// The value of the last candle; nil before the first.
    var currentPrice: Double?
    /// Since the candle of a day ago, or the first one behind that.
    var change: Double?
    /// The same in per cent.
    var changePercent: Double?
    /// Of all candles of the last day.
    var volume: Double
    var agentsCount: Int
    /// Agents that are active or processing.
    var activeAgentsCount: Int
    var discussionsCount: Int
}

/// A sector's value over a stretch of time that begins at `timestamp`.
struct SectorCandle: Codable, Sendable, Equatable {
    var timestamp: Moment
    var value: Double
    var open: Double?
    var high: Double?
    var low: Double?
    var close: Double?
    var volume: Double?
}
