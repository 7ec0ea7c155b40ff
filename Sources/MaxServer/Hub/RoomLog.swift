import SocketIO

/// The last messages of one room, as `RoomLogs` keeps them.
struct RoomLog: Sendable {
    typealias Entry = RoomLogs.Entry

    /// Oldest first.
    private(set) var entries: [Entry] = []
    /// What it takes in memory, roughly; a payload that several rooms share counts in each.
    private(set) var bytes: Int
    /// The same of an empty one.
    private let base: Int
    /// Who knows less than this number misses what is not here, not counting messages that another one replaced.
    private(set) var gone: Int
    /// Up to this number the database knows better.
    private var doubtful = 0
    /// When that was said.
    private(set) var doubted: ContinuousClock.Instant?
    /// The number up to which it has what the database had, and for how long that may be relied on, if not for good.
    private var filled: (number: Int, until: ContinuousClock.Instant?)?
    /// Whether anybody has said or asked something since it was last up for being forgotten.
    var isUsed = false

    init(_ room: String, gone: Int) {
        self.gone = gone
        base = 500 + 2 * room.utf8.count
        bytes = base
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

    /// The database knows better.
    mutating func doubt(_ number: Int, at now: ContinuousClock.Instant) {
        (doubtful, doubted) = (number, now)
        gone = number
    }

    /// All that it brought is gone.
    mutating func clear(_ number: Int, at now: ContinuousClock.Instant) {
        removeAll { _ in true }
        doubt(number, at: now)
    }

    func contains(event: String, key: String) -> Bool {
        entries.contains { $0.event == event && $0.key == key }
    }

    /// Removes what was said of something.
    mutating func remove(event: String, key: String, number: Int) {
        removeAll { $0.event == event && $0.key == key }
        gone = number
    }

    private mutating func removeAll(where isGone: (Entry) -> Bool) {
        entries.removeAll(where: isGone)
        bytes = base + entries.map(\.bytes).reduce(0, +)
    }

    /// Whether it has what the database has.
    /// - Parameter gap: the number up to which messages of any room may be missing.
    func isFilled(after gap: Int, at now: ContinuousClock.Instant) -> Bool {
        guard let filled, filled.number >= max(gap, doubtful) else { return false }
        return filled.until.map { now < $0 } ?? true
    }

    /// Puts in what the database has. It replaces what is in doubt, and is replaced by what came since.
    /// - Parameters:
    ///   - number: the next one: who was here before may not have got what is put in.
    ///   - gap: the number up to which messages of any room may be missing.
    mutating func fill(
        with stored: [Entry], number: Int, gap: Int, until: ContinuousClock.Instant? = nil
    ) {
        filled = (number, until)
        let merged = merged(with: stored, doubtful: max(gap, doubtful))
        guard merged != entries else { return }
        entries = merged
        bytes = base + merged.map(\.bytes).reduce(0, +)
        gone = number
    }

    private func merged(with stored: [Entry], doubtful: Int) -> [Entry] {
        let later = Set(entries.lazy.filter { $0.number > doubtful }.map(\.subject))
        let stored = stored.filter { $0.key == nil || !later.contains($0.subject) }
        let known = Set(stored.map(\.subject))
        // What is in doubt and not stored is older than what is, or so new that it is still to be stored.
        var lastKnown: [String: Int] = [:]
        for (index, entry) in entries.enumerated() where known.contains(entry.subject) {
            lastKnown[entry.event] = index
        }
        var (before, behind): ([Entry], [Entry]) = ([], [])
        for (index, entry) in entries.enumerated() {
            if entry.number > doubtful {
                behind.append(entry)
            } else if !known.contains(entry.subject) {
                if index < lastKnown[entry.event] ?? .max {
                    before.append(entry)
                } else {
                    behind.append(entry)
                }
            }
        }
        return before + stored + behind
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
