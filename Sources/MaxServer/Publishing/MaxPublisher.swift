import SocketIO

/// Tells all clients of all nodes: what is published comes back through the bus to every node, and each passes it on
/// to its own clients. So whoever publishes does not emit besides.
struct MaxPublisher: Sendable {
    let bus: any Bus
    let log: Log
    /// The memory of this node's rooms, of what is said over REST.
    var rooms: RoomLogs?

    /// A sector's value, or without a sector that of the market.
    func publishMarketUpdate(sectorId: String? = nil, value: Double? = nil, indexValue: Double? = nil)
        async throws
    {
        try await publish(
            MarketUpdate(sectorId: sectorId, value: value, indexValue: indexValue), on: .marketUpdates)
    }

    func publishSectorCandle(sectorId: String, candle: SectorCandle) async throws {
        try await publish(CandleUpdate(sectorId: sectorId, candle: candle), on: .sectorCandles)
    }

    func publishDiscussionMessage(_ message: DiscussionMessage) async throws {
        try await publish(NewMessage(message), on: .discussionMessages)
    }

    func publishAgentStatus(agentId: String, sectorId: String? = nil, status: String) async throws {
        try await publish(
            AgentStatusUpdate(agentId: agentId, sectorId: sectorId, status: status), on: .agentStatus)
    }

    private func publish(_ payload: some Encodable & Sendable, on channel: Channel) async throws {
        try await bus.publish(try BusMessage(channel, payload))
    }

    /// Publishes what is stored already: if the bus is down, only the news of it is lost, and the log says so.
    /// - Parameter changed: the rooms in which the news is missing then. This node reads them again; another one does
    ///   so when it has lost the bus itself.
    /// - Returns: whether it was published.
    func announce(in changed: [String], _ publish: (MaxPublisher) async throws -> Void) async -> Bool {
        do {
            try await publish(self)
            return true
        } catch {
            log.warning("what was stored could not be published", ["error": "\(error)"])
            rooms?.apply(RoomChange(reread: changed))
            return false
        }
    }

    /// Tells all nodes' rooms what has changed in the database without a message for clients: this node at once, the
    /// others if the bus takes it. One that it does not reach keeps what it has until it forgets the room.
    func announce(_ change: RoomChange) async {
        rooms?.apply(change)
        do {
            let payload = try RawJSON(encoding: change).bytes
            try await bus.publish(BusMessage(channel: RoomChange.channel, payload: payload))
        } catch {
            log.warning("other nodes were not told what rooms to forget", ["error": "\(error)"])
        }
    }
}

extension BusMessage {
    init(_ channel: Channel, _ payload: some Encodable & Sendable) throws {
        self.init(channel: channel.rawValue, payload: try RawJSON(encoding: payload).bytes)
    }
}
