/// An event from the server, as a client in this process keeps it.
struct KeptEvent: Sendable {
    var arguments: EventArguments
    /// The number under which the server waits for an answer; nil if it does not.
    var ackID: Int?

    var name: String { arguments.name }
}

/// The events that a client got, in their order, until a test asks for them. Pure.
struct EventInbox: Sendable {
    /// So many of the newest are kept in any case.
    static let limit = 10_000

    private var events: [(event: KeptEvent, isTaken: Bool)] = []
    /// All before it are taken.
    private var first = 0

    /// All that are kept.
    var all: [KeptEvent] { events.map(\.event) }

    /// The names of those that nobody has taken, each once.
    var unread: [String] {
        var known = Set<String>()
        return events[first...].compactMap { entry in
            !entry.isTaken && known.insert(entry.event.name).inserted ? entry.event.name : nil
        }
    }

    /// Adds an event behind the others.
    /// - Parameter isTaken: somebody waited for it and has it.
    mutating func append(_ event: KeptEvent, isTaken: Bool) {
        if events.count == 2 * Self.limit {
            events.removeFirst(Self.limit)
            first = max(0, first - Self.limit)
        }
        events.append((event, isTaken))
        skipTaken()
    }

    /// Takes the first event of a name that nobody has taken; of any name for nil.
    mutating func take(_ name: String?) -> KeptEvent? {
        let place = events[first...].firstIndex { !$0.isTaken && (name == nil || $0.event.name == name) }
        guard let place else { return nil }
        events[place].isTaken = true
        skipTaken()
        return events[place].event
    }

    private mutating func skipTaken() {
        while first < events.count, events[first].isTaken { first += 1 }
    }
}
