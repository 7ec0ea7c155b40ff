/// When a socket was in which rooms, in the numbers of its loop's log: a client that comes back gets what was sent to the
/// rooms that the socket was in then, neither more nor less. Pure.
struct RoomHistory: Sendable {
    /// A time in a room: after one event of the log, up to another.
    private struct Stay {
        var room: String
        var after: UInt64
        var through: UInt64
    }

    /// Stays that are over and kept: a socket that changes its rooms more often than that between two events that its
    /// client gets must not cost more.
    private static let maxEnded = 1_024

    /// The rooms that the socket is in, each with the last event before it came.
    private var current: [String: UInt64] = [:]
    /// Stays that are over, in the order of their ends.
    private var ended: [Stay] = []
    /// What the rooms were up to here is not known any more.
    private(set) var start: UInt64

    /// - Parameters:
    ///   - rooms: what the socket is in.
    ///   - number: the last event before.
    init(_ rooms: some Sequence<String> = [], after number: UInt64 = 0) {
        for room in rooms { current[room] = number }
        start = number
    }

    /// The rooms that the socket is in.
    var rooms: [String] { Array(current.keys) }

    /// The socket has come to a room; changes nothing if it is there already.
    mutating func joined(_ room: String, after number: UInt64) {
        if current[room] == nil { current[room] = number }
    }

    /// The socket has left a room.
    /// - Parameters:
    ///   - number: the last event that it may have got there.
    ///   - lost: what the log holds up to here is gone.
    mutating func left(_ room: String, after number: UInt64, lost: UInt64) {
        guard let after = current.removeValue(forKey: room), after < number else { return }
        ended.append(Stay(room: room, after: after, through: number))
        guard ended.count > Self.maxEnded else { return }
        ended.removeAll { $0.through <= lost }
        let surplus = max(0, ended.count - Self.maxEnded / 2)
        if surplus > 0 { start = max(start, ended[surplus - 1].through) }
        ended.removeFirst(surplus)
    }

    /// Whether the socket was in a room when an event was sent.
    func has(_ room: String, at number: UInt64) -> Bool {
        if let after = current[room], number > after { return true }
        return ended.contains { $0.room == room && $0.after < number && number <= $0.through }
    }
}
