/// Messages that wait for one client, bounded in number and bytes. Pure.
struct SendQueue {
    private var messages: [PreparedMessage] = []
    private var first = 0
    /// Bytes of the messages that wait.
    private(set) var bytes = 0

    var count: Int { messages.count - first }
    var isEmpty: Bool { count == 0 }

    /// Takes a message to the end.
    mutating func append(_ message: PreparedMessage) {
        messages.append(message)
        bytes += message.size
    }

    /// Takes a message that overtakes all others: a heartbeat is never behind bulk data.
    mutating func prepend(_ message: PreparedMessage) {
        messages.insert(message, at: first)
        bytes += message.size
    }

    func isWithin(_ limits: SendQueueLimits) -> Bool { count <= limits.packets && bytes <= limits.bytes }

    /// Removes the next message.
    mutating func removeFirst() -> PreparedMessage? {
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

    /// Removes all messages, oldest first.
    mutating func removeAll() -> ArraySlice<PreparedMessage> {
        let all = messages[first...]
        self = SendQueue()
        return all
    }
}
