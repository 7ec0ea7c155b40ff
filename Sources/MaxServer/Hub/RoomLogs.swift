import SocketIO
import Synchronization

/// The last messages of rooms, for those who join late or come back. Bounded in rooms, in bytes, and in messages of
/// each event: rooms of which nobody has said or asked anything lately are forgotten.
///
/// Messages are numbered over all rooms of the process. A client that was here before asks for those behind the number
/// it knows; the numbers of another process, told apart by the epoch, mean nothing here.
final class RoomLogs: Sendable {
    /// Most rooms that are remembered.
    static let roomLimit = 10_000
    /// Most bytes that all of them may take, as far as payloads go (256 MiB).
    static let byteLimit = 268_435_456
    /// Longest name of a room that is remembered, in bytes: no client may join another.
    static let nameLimit = 200
    /// How long it may take until nodes have stored what they have heard. What is read from the database while this
    /// node hears nothing, or sooner than this after a gap or a change, is read again after this time; so is a room of
    /// which there was nothing.
    static let storeLag = Duration.seconds(5)

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

    private struct State: Sendable {
        var rooms: [String: RoomLog] = [:]
        var queue = RoomQueue()
        var bytes = 0
        var last = 0
        /// Up to this number messages of any room may be missing.
        var gap = 0
        var isDeaf = false
        var hearingSince: ContinuousClock.Instant?
        /// Rooms that are being read from the database, and whether what comes is still to be used.
        var loading: [String: Bool] = [:]
        /// Rooms of which the database has nothing, and how long that is believed.
        var empty: [String: ContinuousClock.Instant] = [:]

        /// Changes a room, which is a new one if it is not remembered: then all before the last message is missing.
        mutating func change(_ room: String, _ body: (inout RoomLog) -> Void) {
            // In place, and looked up once: this is done for every message.
            if let index = rooms.index(forKey: room) {
                bytes += rooms.values[index].change(body)
            } else if room.utf8.count <= RoomLogs.nameLimit {
                var log = RoomLog(room, gone: last - 1)
                body(&log)
                bytes += log.bytes
                rooms[room] = log
                queue.append(room)
            }
        }

        mutating func changeIfKnown(_ room: String, _ body: (inout RoomLog) -> Void) {
            guard let index = rooms.index(forKey: room) else { return }
            bytes += rooms.values[index].change(body)
        }

        /// What is being read of a room, or was just not there, is no longer so.
        mutating func outdate(_ room: String) {
            empty[room] = nil
            if loading[room] != nil { loading[room] = false }
        }

        /// Clients make names up: of a room of which there is nothing, no more is kept than that, and not for long.
        mutating func foundEmpty(_ room: String, at now: ContinuousClock.Instant) {
            if empty.count >= RoomLogs.roomLimit {
                empty = empty.filter { now < $0.value }
                if empty.count >= RoomLogs.roomLimit { empty = [:] }
            }
            empty[room] = now + RoomLogs.storeLag
        }

        /// Forgets rooms until the rest is within the limits. Those that were used since their last turn get another
        /// one: near enough to who was used last, without an order that every message would change.
        mutating func evict() {
            while rooms.count > RoomLogs.roomLimit || bytes > RoomLogs.byteLimit, let room = queue.popFirst()
            {
                guard let index = rooms.index(forKey: room) else { continue }
                if rooms.values[index].isUsed {
                    rooms.values[index].isUsed = false
                    queue.append(room)
                } else {
                    bytes -= rooms.remove(at: index).value.bytes
                }
            }
        }
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
                for room in rooms { state.rooms[room]?.missed(state.last) }
                return
            }
            let entry = Entry(number: state.last, event: event, key: key, payload: payload)
            for room in rooms { state.change(room) { $0.add(entry, limit: limit) } }
            state.evict()
        }
    }

    // MARK: Gaps

    /// The bus brings nothing from now on, or it brings everything again: what was published meanwhile is missing in
    /// any room, and in the database if it was stored.
    func hear(_ hears: Bool, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            guard state.isDeaf == hears else { return }
            state.isDeaf = !hears
            state.hearingSince = now
            state.last += 1
            state.gap = state.last
            state.empty = [:]
            if hears { for room in state.loading.keys { state.outdate(room) } }
        }
    }

    /// Takes up what changed in the database. What is being read is read again.
    func apply(_ change: RoomChange, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            state.last += 1
            let number = state.last
            for room in change.forget ?? [] {
                state.changeIfKnown(room) { $0.clear(number, at: now) }
                state.outdate(room)
            }
            for room in change.reread ?? [] {
                state.changeIfKnown(room) { $0.doubt(number, at: now) }
                state.outdate(room)
            }
            guard let agent = change.agent else { return }
            // It may have been in many rooms. Agents do not go often.
            let (event, key) = ("agent:status_update", HistoryKey.text(agent))
            for (room, _) in state.rooms.filter({ $0.value.contains(event: event, key: key) }) {
                state.changeIfKnown(room) { $0.remove(event: event, key: key, number: number) }
            }
            for room in state.loading.keys { state.outdate(room) }
        }
    }

    // MARK: The database

    /// Whether what the database has of a room is in, or there was nothing just now.
    func isFilled(_ room: String, at now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            if let until = state.empty[room], now < until { return true }
            return state.rooms[room]?.isFilled(after: state.gap, at: now) ?? false
        }
    }

    /// A room is about to be read from the database.
    func expect(_ room: String) { state.withLock { $0.loading[room] = true } }

    /// It could not be read.
    func stopExpecting(_ room: String) { state.withLock { _ = $0.loading.removeValue(forKey: room) } }

    /// Puts in what the database has of a room: before what came since, and instead of what may be outdated. Whoever
    /// was in the room by then may not have got it.
    /// - Returns: false, with nothing done, if it was read too early: it is to be read again.
    @discardableResult
    func prime(
        _ room: String, with stored: [(event: String, key: String?, payload: RawJSON)],
        at now: ContinuousClock.Instant = .now
    ) -> Bool {
        state.withLock { state in
            guard state.loading.removeValue(forKey: room) != false else { return false }
            guard !stored.isEmpty || state.rooms[room] != nil else {
                state.foundEmpty(room, at: now)
                return true
            }
            state.last += 1
            let (entries, number, gap) = (stored.map { Entry($0) }, state.last, state.gap)
            // What was just said may still be on its way into the database.
            let doubts = [state.hearingSince, state.rooms[room]?.doubted].compactMap { $0 }
            let isLasting = !state.isDeaf && doubts.allSatisfy { now - $0 >= Self.storeLag }
            let until = isLasting ? nil : now + Self.storeLag
            state.change(room) { $0.fill(with: entries, number: number, gap: gap, until: until) }
            state.evict()
            return true
        }
    }

    // MARK: Clients

    /// - Parameters:
    ///   - since: an offset of this process; another one asks for the last messages.
    ///   - limit: the most; the latest of them.
    func excerpt(of room: String, since: String? = nil, limit: Int = .max) -> Excerpt {
        state.withLock { state in
            let offset = "\(epoch).\(state.last)"
            state.rooms[room]?.isUsed = true
            // Of a room that is not remembered nobody knows what it brought.
            guard let log = state.rooms[room] else {
                return Excerpt(entries: [], isComplete: false, offset: offset)
            }
            guard let number = since.flatMap({ number(of: $0, last: state.last) }) else {
                return Excerpt(entries: log.entries.suffix(limit), isComplete: false, offset: offset)
            }
            let entries = log.entries.filter { $0.number > number }
            let isComplete =
                !state.isDeaf && number >= max(log.gone, state.gap) && entries.count <= limit
            return Excerpt(
                entries: isComplete ? entries : log.entries.suffix(limit), isComplete: isComplete,
                offset: offset)
        }
    }

    /// How many rooms are remembered.
    var count: Int { state.withLock { $0.rooms.count } }

    /// What they take in memory, roughly.
    var bytes: Int { state.withLock { $0.bytes } }

    private func number(of offset: String, last: Int) -> Int? {
        let parts = offset.split(separator: ".")
        guard parts.count == 2, parts[0] == epoch, let number = Int(parts[1]), (0...last).contains(number)
        else { return nil }
        return number
    }
}

extension RoomLogs.Entry {
    /// What the database has comes before all that has a number.
    fileprivate init(_ stored: (event: String, key: String?, payload: RawJSON)) {
        self.init(number: 0, event: stored.event, key: stored.key, payload: stored.payload)
    }
}
