import SocketIO

/// What clients ask for, and what they are answered.
extension Subscriptions {
    struct Request: Decodable, Sendable {
        var rooms: [String]
        /// By room: the offset of an earlier answer, to get what came since instead of the last messages.
        var since: [String: String]?
        /// Stay in the firehose, which the first subscription else ends.
        var firehose: Bool?
    }

    struct HistoryRequest: Decodable, Sendable {
        var room: String
        var since: String?
        var limit: Int?
    }

    struct PresenceRequest: Decodable, Sendable { var room: String }

    struct Answer: Encodable, Sendable {
        var ok = true
        var rooms: [Joined] = []
        var denied: [Denied] = []
    }

    struct Denied: Encodable, Sendable {
        var room: String
        var code: String
    }

    /// A message that came before.
    struct Earlier: Encodable, Sendable {
        var event: String
        var data: RawJSON
    }

    /// A room with what it brought lately.
    struct Joined: Encodable, Sendable {
        var ok = true
        var room: String
        var offset: String
        /// Whether the snapshot is all that came since the offset that was given; else it is the last messages.
        var recovered: Bool
        /// There are older messages than the snapshot's, which would have made the answer too large: `history` of the
        /// room alone has more of them. Left out when there are none.
        var truncated: Bool?
        /// Oldest first.
        var snapshot: [Earlier]

        /// - Parameter bytes: what the snapshot may have, of which its size is taken.
        init(_ room: String, _ excerpt: RoomLogs.Excerpt, within bytes: inout Int) {
            self.room = room
            offset = excerpt.offset
            var first = excerpt.entries.endIndex
            while first > excerpt.entries.startIndex {
                let entry = excerpt.entries[first - 1]
                let size = entry.payload.bytes.count + entry.event.utf8.count + Self.frame
                guard size <= bytes else { break }
                bytes -= size
                first -= 1
            }
            snapshot = excerpt.entries[first...].map { Earlier(event: $0.event, data: $0.payload) }
            truncated = first > excerpt.entries.startIndex ? true : nil
            recovered = excerpt.isComplete && truncated == nil
        }

        /// What surrounds a message, in bytes: `{"event":"","data":},`.
        private static let frame = 21
    }

    struct Presence: Encodable, Sendable {
        var ok = true
        var room: String
        /// Clients in the room, on this node.
        var clients: Int
    }

    struct Failure: Encodable, Sendable {
        var ok = false
        var error: String
    }
}
