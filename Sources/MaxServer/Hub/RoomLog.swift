import SocketIO

/// The last messages of one room, as `RoomLogs` keeps them.
struct RoomLog: Sendable {
    typealias Entry = RoomLogs.Entry

    /// Oldest first.
    private(set) var entries: [Entry] = []
    /// What it takes in memory, roughly; a payload that several rooms share counts in each.
    private(set) var bytes: Int
    /// Who knows less than this number misses what is not here, not counting messages that another one replaced.
    private(set) var gone: Int
    /// Whether it begins with what the database has.
    private(set) var isFilled = false
    /// Whether anybody has said or asked something since it was last up for being forgotten.
    var isUsed = false

    init(_ room: String, gone: Int) {
        self.gone = gone
        bytes = 500 + 2 * room.utf8.count
    }

    /// - Returns: by how many bytes it has grown.
    mutating func change(_ body: (inout RoomLog) -> Void) -> Int {
        let before = bytes
        body(&self)
        isUsed = true
        return bytes - before
    }

    mutating func add(_ entry: Entry, limit: Int) {
        if let key = entry.key,
            let old = entries.lastIndex(where: { $0.event == entry.event && $0.key == key })
        {
            bytes -= entries.remove(at: old).bytes
        }
        entries.append(entry)
        bytes += entry.bytes
        // Rarely, and many at once: removing from the front moves all the others.
        guard entries.count > limit + limit / 4 else { return }
        var surplus = entries.count { $0.event == entry.event } - limit
        guard surplus > 0 else { return }
        entries.removeAll { old in
            guard surplus > 0, old.event == entry.event else { return false }
            surplus -= 1
            gone = max(gone, old.number)
            bytes -= old.bytes
            return true
        }
    }

    /// A message passed that is not here.
    mutating func missed(_ number: Int) { gone = number }

    /// Puts what the database has before what came since, without what is older than that.
    /// - Parameter number: the next one: who was here before may not have got what is put in.
    mutating func fill(with stored: [Entry], number: Int) {
        isFilled = true
        let known = Set(entries.map(\.subject))
        let older = stored.filter { $0.key == nil || !known.contains($0.subject) }
        guard !older.isEmpty else { return }
        entries.insert(contentsOf: older, at: 0)
        bytes += older.map(\.bytes).reduce(0, +)
        gone = number
    }
}

extension RoomLogs.Entry {
    /// What one message can replace another by.
    struct Subject: Hashable {
        var event: String
        var key: String?
    }

    fileprivate var subject: Subject { Subject(event: event, key: key) }

    /// What it takes in memory, roughly.
    fileprivate var bytes: Int { payload.bytes.count + (key?.utf8.count ?? 0) + 150 }
}
