/// Events of a socket that wait until an asynchronous handler of an earlier one has returned.
struct EventQueue {
    /// A client that sends this many events while one is handled is not served any faster by waiting longer.
    static let limit = 1_024

    /// Whether a handler runs.
    var isBusy = false
    private var events: [ReceivedEvent] = []
    private var first = 0

    /// Takes an event to the end of the queue; false when it is full.
    mutating func append(_ event: ReceivedEvent) -> Bool {
        guard events.count - first < Self.limit else { return false }
        events.append(event)
        return true
    }

    mutating func removeFirst() -> ReceivedEvent? {
        guard first < events.count else {
            events = []
            first = 0
            return nil
        }
        let event = events[first]
        first += 1
        // A queue that never runs empty must let go of what left; moving the rest rarely keeps this cheap.
        if first >= 64, first * 2 >= events.count {
            events.removeFirst(first)
            first = 0
        }
        return event
    }
}
