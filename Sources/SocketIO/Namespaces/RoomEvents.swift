internal import Synchronization

/// Something that happened to a room of a namespace, over all loops. The id of a socket counts as a room of its own.
public enum RoomEvent: Sendable, Hashable {
    /// A room has its first member.
    case created(room: String)
    /// A room lost its last member.
    case deleted(room: String)
    /// A socket joined a room; behind `created`, if it is the first.
    case joined(room: String, socketID: String)
    /// A socket left a room; before `deleted`, if it was the last.
    case left(room: String, socketID: String)
}

/// Who listens to the rooms of a namespace, and how many members each room has. For any thread.
final class RoomWatchers: Sendable {
    typealias Watcher = @Sendable (RoomEvent) -> Void

    private struct State {
        var watchers: [Watcher] = []
        var members: [String: Int] = [:]
    }

    private let state = Mutex(State())

    func add(_ watcher: @escaping Watcher) { state.withLock { $0.watchers.append(watcher) } }

    /// Counts members that were there before anybody listened.
    func found(_ room: String, members: Int) { state.withLock { $0.members[room, default: 0] += members } }

    func joined(_ room: String, _ id: String) {
        let (isFirst, watchers) = state.withLock { state in
            let members = state.members[room, default: 0] + 1
            state.members[room] = members
            return (members == 1, state.watchers)
        }
        for watcher in watchers {
            if isFirst { watcher(.created(room: room)) }
            watcher(.joined(room: room, socketID: id))
        }
    }

    func left(_ room: String, _ id: String) {
        let (isLast, watchers) = state.withLock { state in
            let members = state.members[room, default: 1] - 1
            state.members[room] = members > 0 ? members : nil
            return (members <= 0, state.watchers)
        }
        for watcher in watchers {
            watcher(.left(room: room, socketID: id))
            if isLast { watcher(.deleted(room: room)) }
        }
    }
}

extension Namespace {
    /// Calls back when sockets join and leave rooms, and when rooms begin and end: for presence, or to subscribe
    /// elsewhere to what a room is about. The calls come from the loops; two loops may call at the same time.
    /// - Parameter handler: must not block.
    public func onRoomEvent(_ handler: @escaping @Sendable (RoomEvent) -> Void) {
        let (watchers, isNew) = setup.withLock { setup in
            if let watchers = setup.watchers { return (watchers, false) }
            let made = RoomWatchers()
            setup.watchers = made
            return (made, true)
        }
        watchers.add(handler)
        guard isNew else { return }
        onEachLoop { shard in
            shard.watchers = watchers
            for (name, room) in shard.rooms { watchers.found(name, members: unsafe room.sockets.count) }
            for id in shard.sockets.keys { watchers.found(id, members: 1) }
        }
    }
}
