/// What the channels of the MAX backend carry. Fields that are nil are left out.

/// `market_updates`: the value of a sector, or of the whole market.
struct MarketUpdate: Encodable, Sendable {
    var sectorId: String?
    var value: Double?
    var indexValue: Double?
    var timestamp = Moment.now
}

/// `sector_candles`.
struct CandleUpdate: Encodable, Sendable {
    var sectorId: String
    var candle: SectorCandle
}

/// `discussion_messages`.
struct NewMessage: Encodable, Sendable {
    struct Content: Encodable, Sendable {
        var id: String
        var content: String
        var authorId: String
        var authorName: String
        var timestamp: Moment
        var type: String
    }

    var discussionId: String
    var message: Content

    init(_ message: DiscussionMessage) {
        discussionId = message.discussionId
        self.message = Content(
            id: message.id, content: message.content, authorId: message.authorId,
            authorName: message.authorName, timestamp: message.timestamp, type: message.type)
    }
}

/// `agent_status`.
struct AgentStatusUpdate: Codable, Sendable, Equatable {
    var agentId: String
    var sectorId: String?
    var status: String
}
