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
    private var events: [LoggedEvent?] = []
    private var first = 0
    /// The newest of each key that replaces what was sent before: numbers.
    private var latest: [String: UInt64] = [:]
    /// The number of the last event.
    private(set) var last: UInt64 = 0
    /// The number of the last event that was let go of although nothing took its place.
    private var lost: UInt64 = 0
    /// Bytes of the events that are kept.
    private(set) var bytes = 0

    var isEmpty: Bool { first == events.count }
    private var firstNumber: UInt64 { last - UInt64(events.count - first) + 1 }

    /// Takes an event to the end.
    /// - Returns: its number.
    mutating func append(
        _ event: OutgoingEvent, to target: BroadcastTarget, order: UInt64, time: UInt64, latest key: String?
    ) -> UInt64 {
        last += 1
        let logged = LoggedEvent(number: last, order: order, time: time, target: target, event: event)
        events.append(logged)
        bytes += logged.size
        if let key {
            let key = target.logKey(key)
            if let old = latest.updateValue(last, forKey: key) { forget(old) }
        }
        return last
    }

    /// The events after `number` that are for a socket, oldest first; nil if some of them are gone.
    func events(after number: UInt64, for id: String, in rooms: Set<String>) -> [LoggedEvent]? {
        guard number >= lost, number <= last else { return nil }
        let start = first + Int(max(number + 1, firstNumber) - firstNumber)
        return events[start...].compactMap { event in
            event.flatMap { $0.target.reaches(id, in: rooms) ? $0 : nil }
        }
    }

    /// Lets go of what is older than `time` and of what is too much.
    mutating func trim(before time: UInt64, maxBytes: Int) {
        while first < events.count {
            if let event = events[first] {
                guard event.time < time || bytes > maxBytes else { break }
                lost = event.number
                bytes -= event.size
                events[first] = nil
            }
            first += 1
        }
        if first >= 64, first * 2 >= events.count {
            events.removeFirst(first)
            first = 0
            let oldest = firstNumber
            latest = latest.filter { $0.value >= oldest }
        }
    }

    private mutating func forget(_ number: UInt64) {
        guard number >= firstNumber, number <= last else { return }
        let place = first + Int(number - firstNumber)
        if let old = events[place] { bytes -= old.size }
        events[place] = nil
    }
}
