internal import Synchronization

/// Names one handler, to take it away again: `socket.off(listener)`.
public struct Listener: Sendable, Hashable {
    private static let last = Atomic<UInt64>(0)

    private let number: UInt64

    /// One that was not there before.
    init() { number = Self.last.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// Things that listen, in the order in which they came.
struct Listeners<Callback> {
    private(set) var entries: [(listener: Listener, call: Callback)] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ callback: Callback, as listener: Listener, first: Bool = false) {
        entries.insert((listener, callback), at: first ? 0 : entries.count)
    }

    mutating func remove(_ listener: Listener) { entries.removeAll { $0.listener == listener } }

    mutating func removeAll() { entries = [] }
}
