/// Messages that wait for one client, bounded in number and bytes, and the engine's own packets among them. Pure.
struct SendQueue {
    private var messages: [PreparedMessage] = []
    private var first = 0
    /// Whether a ping waits, before all messages.
    private(set) var hasPing = false
    /// Bytes of the messages that wait.
    private(set) var bytes = 0

    var count: Int { messages.count - first }
    var isEmpty: Bool { count == 0 && !hasPing }

    /// Takes a message to the end.
    mutating func append(_ message: PreparedMessage) {
        messages.append(message)
        bytes += message.size
    }

    /// Takes a ping, which overtakes all messages: a heartbeat is never behind bulk data. There is one at most.
    mutating func appendPing() { hasPing = true }

    func isWithin(_ limits: SendQueueLimits) -> Bool { count <= limits.packets && bytes <= limits.bytes }

    /// Bytes of what is next; nil if nothing is.
    var nextSize: Int? {
        hasPing ? PreparedMessage.ping.size : first < messages.count ? messages[first].size : nil
    }

    /// Removes what is next.
    mutating func removeFirst() -> PreparedMessage? {
        if hasPing {
            hasPing = false
            return .ping
        }
        guard first < messages.count else { return nil }
        let message = messages[first]
        first += 1
        bytes -= message.size
        if first == messages.count {
            messages.removeAll(keepingCapacity: messages.count <= 64)
            first = 0
        } else if first >= 1_024 {
            messages.removeFirst(first)
            first = 0
        }
        return message
    }

    /// Removes everything, what is next first.
    mutating func removeAll() -> [PreparedMessage] {
        let all = (hasPing ? [.ping] : []) + messages[first...]
        self = SendQueue()
        return all
    }
}
