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
    /// What comes before all messages, the next one last.
    private var owed: [() -> PreparedMessage] = []
    /// The next of these, when it was asked for.
    private var nextOwed: PreparedMessage?

    /// Messages that wait, without those that are owed.
    var count: Int { messages.count - first - replaced }
    var isEmpty: Bool { count == 0 && !hasPing && !isOwing }
    /// Whether some of what is owed waits.
    var isOwing: Bool { nextOwed != nil || !owed.isEmpty }
    /// Places that take memory, of messages that wait or have gone: where keys are used, never more than twice those
    /// that wait, and some.
    var places: Int { messages.count }

    /// Takes a message to the end. One of the same key that still waits is dropped: its value is out of date.
    mutating func append(_ message: PreparedMessage) {
        if let key = message.latestKey { replace(key) }
        messages.append(message)
        bytes += message.size
    }

    /// Takes what the client is owed from an earlier connection, before all messages. It is bounded where it is kept:
    /// here it counts for nothing, and is made when its turn comes.
    mutating func owe(_ messages: [() -> PreparedMessage]) {
        owed.insert(contentsOf: messages.reversed(), at: 0)
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

    /// The message that is next does not count by its bytes: alone, one may be larger than all that may wait.
    func isWithin(_ limits: SendQueueLimits) -> Bool {
        guard count <= limits.packets else { return false }
        guard bytes > limits.bytes, first < messages.count else { return true }
        return bytes - (messages[first]?.size ?? 0) <= limits.bytes
    }

    /// Bytes of what is next; nil if nothing is.
    mutating func nextSize() -> Int? {
        if hasPing { return PreparedMessage.ping.size }
        if nextOwed == nil { nextOwed = owed.popLast()?() }
        return nextOwed?.size ?? (first < messages.count ? messages[first]?.size : nil)
    }

    /// Whether the session's last packet is next.
    var isCloseNext: Bool {
        !hasPing && !isOwing && first < messages.count && messages[first] === PreparedMessage.close
    }

    /// Removes what is next.
    mutating func removeFirst() -> PreparedMessage? {
        if hasPing {
            hasPing = false
            return .ping
        }
        if isOwing { return exchange(&nextOwed, with: nil) ?? owed.removeLast()() }
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
}
