import SocketIO
import Synchronization

/// The last messages of rooms, for those who join late. Bounded in rooms and in messages of each.
final class RoomHistory: Sendable {
    /// Most rooms that are remembered; those that came first stay.
    static let roomLimit = 10_000

    private struct Entry: Sendable {
        var key: String?
        var payload: RawJSON
    }

    private let rooms = Mutex<[String: [Entry]]>([:])

    /// Remembers a message. It replaces the last one if that has the same key.
    /// - Parameter limit: messages to remember of this room.
    func add(_ payload: RawJSON, key: String?, to room: String, limit: Int) {
        rooms.withLock { rooms in
            guard rooms[room] != nil || rooms.count < Self.roomLimit else { return }
            var entries = rooms.removeValue(forKey: room) ?? []
            if let last = entries.last, key != nil, last.key == key { entries.removeLast() }
            entries.append(Entry(key: key, payload: payload))
            // Rarely, and many at once: removing from the front moves all the others.
            if entries.count > limit + limit / 4 { entries.removeFirst(entries.count - limit) }
            rooms[room] = entries
        }
    }

    /// The last messages of a room, oldest first.
    func messages(of room: String, limit: Int) -> [RawJSON] {
        rooms.withLock { $0[room]?.suffix(limit).map(\.payload) ?? [] }
    }
}
