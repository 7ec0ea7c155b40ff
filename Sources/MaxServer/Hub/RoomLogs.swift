import SocketIO
import Synchronization

/// The last messages of rooms, for those who join late or come back. Bounded in rooms, and in messages of each event.
///
/// Messages are numbered over all rooms of the process. A client that was here before asks for those behind the number
/// it knows; the numbers of another process, told apart by the epoch, mean nothing here.
final class RoomLogs: Sendable {
    /// Most rooms that are remembered; those that came first stay.
    static let roomLimit = 10_000

    /// A message as a room remembers it.
    struct Entry: Sendable, Equatable {
        var number: Int
        var event: String
        /// What it is about: the next one of its event with the same key replaces it.
        var key: String?
        var payload: RawJSON
    }

    /// What a client gets of a room.
    struct Excerpt: Sendable, Equatable {
        /// Oldest first.
        var entries: [Entry]
        /// Whether these are all messages since the number asked for; else they are the last ones.
        var isComplete: Bool
        /// Where to go on.
        var offset: String
    }

    fileprivate struct Log: Sendable {
        var entries: [Entry] = []
        /// The last number that is gone, not counting those that another one replaced.
        var gone: Int
    }

    private struct State: Sendable {
        var rooms: [String: Log] = [:]
        var last = 0
    }

    private let epoch: String
    private let state = Mutex(State())

    init() {
        epoch = String(UInt32.random(in: .min ... .max), radix: 36)
    }

    /// Remembers a message.
    /// - Parameter limit: messages of its event to remember in each room; none of 0, and who missed it cannot catch
    ///   up with the room.
    func add(_ payload: RawJSON, event: String, key: String?, to rooms: [String], limit: Int) {
        state.withLock { state in
            state.last += 1
            guard limit > 0 else {
                for room in rooms { state.rooms[room]?.gone = state.last }
                return
            }
            let entry = Entry(number: state.last, event: event, key: key, payload: payload)
            for room in rooms where state.rooms[room] != nil || state.rooms.count < Self.roomLimit {
                // Taken out, so that the array is changed in place.
                var log = state.rooms.removeValue(forKey: room) ?? Log(gone: state.last - 1)
                log.add(entry, limit: limit)
                state.rooms[room] = log
            }
        }
    }

    /// Puts messages that were stored before a room's own, without those that they are older versions of. Whoever was
    /// in the room by then may not have got them.
    func prime(_ room: String, with stored: [(event: String, key: String?, payload: RawJSON)]) {
        guard !stored.isEmpty else { return }
        state.withLock { state in
            guard state.rooms[room] != nil || state.rooms.count < Self.roomLimit else { return }
            var log = state.rooms.removeValue(forKey: room) ?? Log(gone: state.last)
            let known = Set(log.entries.map { [$0.event, $0.key] })
            let older = stored.filter { $0.key == nil || !known.contains([$0.event, $0.key]) }.map {
                Entry(number: 0, event: $0.event, key: $0.key, payload: $0.payload)
            }
            if !older.isEmpty {
                log.entries.insert(contentsOf: older, at: 0)
                state.last += 1
                log.gone = state.last
            }
            state.rooms[room] = log
        }
    }

    /// - Parameters:
    ///   - since: an offset of this process; another one asks for the last messages.
    ///   - limit: the most; the latest of them.
    func excerpt(of room: String, since: String? = nil, limit: Int = .max) -> Excerpt {
        state.withLock { state in
            let offset = "\(epoch).\(state.last)"
            // Of a room that is not remembered nobody knows what it brought.
            guard let log = state.rooms[room] else {
                return Excerpt(entries: [], isComplete: false, offset: offset)
            }
            guard let number = since.flatMap({ number(of: $0, last: state.last) }) else {
                return Excerpt(
                    entries: log.entries.suffix(limit), isComplete: false, offset: offset)
            }
            let entries = log.entries.filter { $0.number > number }
            let isComplete = number >= log.gone && entries.count <= limit
            return Excerpt(
                entries: isComplete ? entries : log.entries.suffix(limit), isComplete: isComplete,
                offset: offset)
        }
    }

    /// How many rooms are remembered.
    var count: Int { state.withLock { $0.rooms.count } }

    private func number(of offset: String, last: Int) -> Int? {
        let parts = offset.split(separator: ".")
        guard parts.count == 2, parts[0] == epoch, let number = Int(parts[1]), (0...last).contains(number)
        else { return nil }
        return number
    }
}

extension RoomLogs.Log {
    fileprivate mutating func add(_ entry: RoomLogs.Entry, limit: Int) {
        if let key = entry.key,
            let old = entries.lastIndex(where: { $0.event == entry.event && $0.key == key })
        {
            entries.remove(at: old)
        }
        entries.append(entry)
        // Rarely, and many at once: removing from the front moves all the others.
        guard entries.count > limit + limit / 4 else { return }
        var surplus = entries.count { $0.event == entry.event } - limit
        guard surplus > 0 else { return }
        entries.removeAll { old in
            guard surplus > 0, old.event == entry.event else { return false }
            surplus -= 1
            gone = max(gone, old.number)
            return true
        }
    }
}
