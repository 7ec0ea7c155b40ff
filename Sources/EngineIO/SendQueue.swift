/// Messages that wait for one client, bounded in number and bytes, and the engine's own packets among them. Pure.
struct SendQueue {
    /// Nil where a newer message of the same key took its place, at the end.
    private var messages: [PreparedMessage?] = []
    private var first = 0
    private var replaced = 0
    /// Where the newest message of each key is.
    private var latest: [String: Int] = [:]
    /// Whether a ping waits, before all messages.
    private(set) var hasPing = false
    /// Bytes of the messages that wait.
    private(set) var bytes = 0

    var count: Int { messages.count - first - replaced }
    var isEmpty: Bool { count == 0 && !hasPing }
    /// Places that take memory, of messages that wait or have gone: where keys are used, never more than twice those
    /// that wait, and some.
    var places: Int { messages.count }

    /// Takes a message to the end. One of the same key that still waits is dropped: its value is out of date.
    mutating func append(_ message: PreparedMessage) {
        if let key = message.latestKey { replace(key) }
        messages.append(message)
        bytes += message.size
    }

    private mutating func replace(_ key: String) {
        // Those before `first` count as well: where each message replaces the one before, there are no others.
        if places - count >= 64, places - count >= count { compact() }
        guard let old = latest.updateValue(messages.count, forKey: key), let message = messages[old] else {
            return
        }
        messages[old] = nil
        bytes -= message.size
        replaced += 1
        skipReplaced()
    }

    /// What is next is never one that was replaced.
    private mutating func skipReplaced() {
        while first < messages.count, messages[first] == nil {
            first += 1
            replaced -= 1
        }
    }

    /// Closes the gaps.
    private mutating func compact() {
        messages = messages[first...].filter { $0 != nil }
        (first, replaced) = (0, 0)
        latest = [:]
        for (place, message) in messages.enumerated() {
            if let key = message?.latestKey { latest[key] = place }
        }
    }

    /// Takes a ping, which overtakes all messages: a heartbeat is never behind bulk data. There is one at most.
    mutating func appendPing() { hasPing = true }

    func isWithin(_ limits: SendQueueLimits) -> Bool { count <= limits.packets && bytes <= limits.bytes }

    /// Bytes of what is next; nil if nothing is.
    var nextSize: Int? {
        hasPing ? PreparedMessage.ping.size : first < messages.count ? messages[first]?.size : nil
    }

    /// Whether the session's last packet is next.
    var isCloseNext: Bool { !hasPing && first < messages.count && messages[first] === PreparedMessage.close }

    /// Removes what is next.
    mutating func removeFirst() -> PreparedMessage? {
        if hasPing {
            hasPing = false
            return .ping
        }
        guard first < messages.count, let message = messages[first] else { return nil }
        if let key = message.latestKey, latest[key] == first { latest[key] = nil }
        messages[first] = nil
        first += 1
        bytes -= message.size
        skipReplaced()
        if first == messages.count {
            messages.removeAll(keepingCapacity: messages.count <= 64)
            first = 0
        } else if first >= 1_024 {
            if latest.isEmpty {
                messages.removeFirst(first)
                first = 0
            } else {
                compact()
            }
        }
        return message
    }

    /// Removes everything, what is next first.
    mutating func removeAll() -> [PreparedMessage] {
        let all = (hasPing ? [.ping] : []) + messages[first...].compactMap { $0 }
        self = SendQueue()
        return all
    }
}
