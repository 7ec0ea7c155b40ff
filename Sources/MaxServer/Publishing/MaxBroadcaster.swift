import SocketIO

/// Tells the clients of this process alone, without the bus: what is broadcast becomes the same events to the same
/// rooms as what is published.
struct MaxBroadcaster: Sendable {
    let ingress: Ingress

    func broadcastMarketUpdate(sectorId: String? = nil, value: Double? = nil, indexValue: Double? = nil)
        throws
    {
        try broadcast(
            MarketUpdate(sectorId: sectorId, value: value, indexValue: indexValue), on: .marketUpdates)
    }

    func broadcastSectorCandleUpdate(sectorId: String, candle: SectorCandle) throws {
        try broadcast(CandleUpdate(sectorId: sectorId, candle: candle), on: .sectorCandles)
    }

    func broadcastNewMessage(_ message: DiscussionMessage) throws {
        try broadcast(NewMessage(message), on: .discussionMessages)
    }

    func broadcastAgentStatusUpdate(agentId: String, sectorId: String? = nil, status: String) throws {
        try broadcast(
            AgentStatusUpdate(agentId: agentId, sectorId: sectorId, status: status), on: .agentStatus)
    }

    private func broadcast(_ payload: some Encodable & Sendable, on channel: Channel) throws {
        ingress.received(try BusMessage(channel, payload))
    }
}
