/// An event that was sent, and to whom.
struct LoggedEvent: Sendable {
    /// Its place in the log; from 1.
    var number: UInt64
    /// Its place among the broadcasts of the namespace, over all loops; 0 for what was sent to one socket.
    var order: UInt64
    /// When it was sent, in milliseconds of the loop's clock.
    var time: UInt64
    var target: BroadcastTarget
    var event: OutgoingEvent

    /// Bytes that it counts for.
    var size: Int { event.size + 128 }
}

/// The events of one namespace on one loop, for those who come back. Pure.
struct EventLog: Sendable {
    private struct Entry {
        var number: UInt64
        /// Nil when a newer event of the same key took its place.
        var event: LoggedEvent?
    }

    /// In the order of their numbers.
    private var entries: [Entry] = []
    private var first = 0
    /// Entries from `first` on without an event.
    private var replaced = 0
    /// The newest of each key that replaces what was sent before: numbers.
    private var latest: [String: UInt64] = [:]
    /// The number of the last event.
    private(set) var last: UInt64 = 0
    /// The number of the last event that was let go of although nothing took its place.
    private(set) var lost: UInt64 = 0
    /// Bytes of the events that are kept.
    private(set) var bytes = 0

    var isEmpty: Bool { count == 0 }
    /// Events that are kept.
    private var count: Int { entries.count - first - replaced }
    /// Entries that take memory, of events that are kept or have gone: never more than twice those kept, and some.
    var places: Int { entries.count }

    /// Takes an event to the end. It replaces one of the same key for the same sockets.
    /// - Returns: its number.
    mutating func append(
        _ event: OutgoingEvent, to target: BroadcastTarget, order: UInt64, time: UInt64, latest key: String?
    ) -> UInt64 {
        last += 1
        let logged = LoggedEvent(number: last, order: order, time: time, target: target, event: event)
        entries.append(Entry(number: last, event: logged))
        bytes += logged.size
        if let key, let old = latest.updateValue(last, forKey: target.logKey(key)) { replace(old) }
        return last
    }

    /// The events after `number` that are for a socket, oldest first; nil if some of them are gone.
    /// - Parameter rooms: those that the socket was in when they were sent.
    func events(after number: UInt64, for id: String, in rooms: RoomHistory) -> [LoggedEvent]? {
        guard number >= max(lost, rooms.start), number <= last else { return nil }
        return entries[place(of: number + 1)...].compactMap { entry in
            entry.event.flatMap { event in
                event.target.reaches { $0 == id || rooms.has($0, at: event.number) } ? event : nil
            }
        }
    }

    /// Lets go of what is older than `time` and of what is too much.
    mutating func trim(before time: UInt64, maxBytes: Int) {
        while first < entries.count {
            if let event = entries[first].event {
                guard event.time < time || bytes > maxBytes else { break }
                lost = event.number
                bytes -= event.size
                entries[first].event = nil
            } else {
                replaced -= 1
            }
            first += 1
        }
        closeGaps()
    }

    /// Where the event of a number is, or the next one that there is.
    private func place(of number: UInt64) -> Int {
        var (low, high) = (first, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func replace(_ number: UInt64) {
        let place = place(of: number)
        guard entries[place].number == number, let old = entries[place].event else { return }
        bytes -= old.size
        entries[place].event = nil
        replaced += 1
        closeGaps()
    }

    /// Keeps the entries without an event few, at a cost that is spread over those who made them.
    private mutating func closeGaps() {
        guard first + replaced >= 64, first + replaced >= count else { return }
        entries = entries[first...].filter { $0.event != nil }
        (first, replaced) = (0, 0)
        let oldest = entries.first?.number ?? last + 1
        latest = latest.filter { $0.value >= oldest }
    }
}
