import SocketIO
import Synchronization

/// Which rooms have clients on this node, and how many: a message for rooms without any costs nothing.
final class Topics: Sendable {
    /// Rooms of one client.
    static let roomsPerClient = 5_000

    fileprivate struct State: Sendable {
        var counts: [String: Int] = [:]
        var rooms: [String: Set<String>] = [:]
    }

    private let state = Mutex(State())

    /// What became of a client's wish to be in a room.
    enum Admission: Sendable {
        case isIn
        /// It is in as many rooms as it may be.
        case isFull
        /// It has gone meanwhile.
        case isGone
    }

    /// Knows a client from now on, until it is forgotten.
    func enter(_ id: String) { state.withLock { $0.rooms[id] = [] } }

    /// Counts a client in a room, which it then has to join. A client that has gone is not counted any more.
    func admit(_ id: String, to room: String) -> Admission {
        state.withLock { state in
            guard var rooms = state.rooms.removeValue(forKey: id) else { return .isGone }
            defer { state.rooms[id] = rooms }
            guard rooms.contains(room) || rooms.count < Self.roomsPerClient else { return .isFull }
            if rooms.insert(room).inserted { state.counts[room, default: 0] += 1 }
            return .isIn
        }
    }

    func leave(_ socket: Socket, _ room: String) {
        socket.leave(room)
        state.withLock { state in
            guard state.rooms[socket.id]?.remove(room) != nil else { return }
            state.left(room)
        }
    }

    /// Forgets a client that has gone.
    func forget(_ id: String) {
        state.withLock { state in
            for room in state.rooms.removeValue(forKey: id) ?? [] { state.left(room) }
        }
    }

    /// The rooms among these that have clients.
    func populated(_ rooms: [String]) -> [String] {
        state.withLock { state in rooms.filter { state.counts[$0] != nil } }
    }

    func count(of room: String) -> Int { state.withLock { $0.counts[room] ?? 0 } }

    /// The rooms with most clients, how many rooms have any, and how many clients all rooms have together.
    func largest(_ most: Int) -> (rooms: [(room: String, clients: Int)], total: Int, clients: Int) {
        let counts = state.withLock { $0.counts }
        let sorted = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        return (
            sorted.prefix(most).map { ($0.key, $0.value) }, counts.count, counts.values.reduce(0, +)
        )
    }
}

extension Topics.State {
    fileprivate mutating func left(_ room: String) {
        guard let count = counts[room] else { return }
        counts[room] = count > 1 ? count - 1 : nil
    }
}
