internal import EngineWire

/// What runs for an event.
enum EventHandler: Sendable {
    case sync(@Sendable (ReceivedEvent) throws -> Void)
    case async(@Sendable (ReceivedEvent) async throws -> Void)
}

/// The handlers of one socket, found by the bytes of an event's name: no text is made for a look-up.
struct HandlerTable {
    struct Entry {
        fileprivate var quotedName: [UInt8]
        var handler: EventHandler
        /// Taken away before its first call. Stands here because there is room behind the handler.
        var isOnce: Bool
        var listener: Listener
    }

    private var entries: [Entry] = []

    /// The names that have handlers, each once.
    var names: [String] {
        var known = Set<String>()
        return entries.compactMap { entry in
            let name = JSONScanner.string(in: entry.quotedName.span, range: 0..<entry.quotedName.count) ?? ""
            return known.insert(name).inserted ? name : nil
        }
    }

    /// Adds a handler of a name. A second one for the same name runs after the first.
    mutating func add(
        _ name: String, _ handler: EventHandler, as listener: Listener, once: Bool, names: inout EventNames
    ) {
        let count = entries.count
        if count == entries.capacity {
            // Doubling would leave up to half of it unused, in every socket.
            entries.reserveCapacity(max(names.usualCount, count + count / 2 + 1))
        }
        let quotedName = names.quoted(name, place: count)
        entries.append(Entry(quotedName: quotedName, handler: handler, isOnce: once, listener: listener))
        names.usualCount = count + 1
    }

    mutating func removeAll(_ name: String) {
        let quotedName = EventNames.quote(name)
        entries.removeAll { $0.quotedName == quotedName }
    }

    /// Whether the handler was there.
    @discardableResult
    mutating func remove(_ listener: Listener) -> Bool {
        guard let place = entries.firstIndex(where: { $0.listener == listener }) else { return false }
        entries.remove(at: place)
        return true
    }

    mutating func removeAll() { entries = [] }

    /// Calls `body` with each handler of the event, in the order in which they were added. Handlers that are added
    /// meanwhile are not called.
    @inline(__always)
    func forEach(_ arguments: EventArguments, _ body: (Entry) -> Void) {
        // Kept, for handlers may change the table; looked at in place, for a copy of an entry is two reference counts.
        let entries = entries
        let span = entries.span
        var isFound = false
        for i in span.indices where arguments.isNamed(span[i].quotedName) {
            isFound = true
            body(span[i])
        }
        // The name may be spelt otherwise than a handler's: then it has not been found yet.
        guard !isFound, arguments.hasUnusualName else { return }
        let quotedName = EventNames.quote(arguments.name)
        for i in span.indices where span[i].quotedName == quotedName { body(span[i]) }
    }
}
