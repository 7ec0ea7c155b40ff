import SocketIO

/// What has changed in the database without a message that would tell the memory of rooms. It goes to all nodes on a
/// channel of its own, which clients hear nothing of.
struct RoomChange: Codable, Sendable, Equatable {
    /// No route gets its messages.
    static let channel = "max:rooms"

    /// Rooms that are gone with all that they brought.
    var forget: [String]?
    /// Rooms of which the database knows more than was published.
    var reread: [String]?
    /// An agent that is gone from where it was.
    var agent: String?

    init(forget: [String]? = nil, reread: [String]? = nil, agent: String? = nil) {
        (self.forget, self.reread, self.agent) = (forget, reread, agent)
    }

    /// Reads a message of the channel; nil for what no node of this kind has said.
    init?(_ payload: [UInt8]) {
        guard let change = try? ArgumentDecoder().decode(RoomChange.self, from: payload) else { return nil }
        self = change
    }
}
