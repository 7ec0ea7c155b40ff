import SocketIO
import Synchronization

/// What became of a message of the bus in the database.
enum Arrival: String, Sendable, CaseIterable {
    case stored
    /// It was there already, as when this server published it.
    case known
    /// It is about what the database does not have, or what is closed.
    case ignored
    /// It has no id, and was never meant to be kept.
    case passedBy = "passed_by"
    /// It lacks a field, or one cannot be stored.
    case unusable
}

/// Keeps what agents and discussions say on the bus.
struct Arrivals: Sendable {
    private final class Counts: Sendable {
        let all = Mutex<[Arrival: Int]>([:])
    }

    let agents: AgentStore
    let messages: MessageStore
    private let counts = Counts()

    init(agents: AgentStore, messages: MessageStore) { (self.agents, self.messages) = (agents, messages) }

    /// How many messages had this fate since the server began.
    func count(_ arrival: Arrival) -> Int { counts.all.withLock { $0[arrival] ?? 0 } }

    /// Stores one message.
    /// - Returns: nil for a channel whose messages are kept elsewhere or not at all.
    @discardableResult
    func received(_ payload: JSONObject, on channel: Channel) async throws -> Arrival? {
        let arrival: Arrival
        switch channel {
        case .discussionMessages:
            arrival =
                if let message = ArrivedMessage(payload) { try await messages.receive(message) } else {
                    .unusable
                }
        case .agentStatus:
            arrival =
                if let update = AgentStatusUpdate(payload) {
                    try await agents.apply(update) ? .stored : .ignored
                } else { .unusable }
        case .marketUpdates, .sectorCandles: return nil
        }
        counts.all.withLock { $0[arrival, default: 0] += 1 }
        return arrival
    }
}
