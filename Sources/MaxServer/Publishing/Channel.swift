/// The channels of the MAX backend: workers publish there, and clients get an event (`ChannelRoute.builtIn`).
enum Channel: String, Sendable, CaseIterable {
    case marketUpdates = "market_updates"
    case sectorCandles = "sector_candles"
    case discussionMessages = "discussion_messages"
    case agentStatus = "agent_status"
}
