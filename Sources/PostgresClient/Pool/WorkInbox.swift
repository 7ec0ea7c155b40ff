internal import Database
internal import Synchronization

/// Which connections do a unit.
enum Lane: Sendable, CaseIterable { case writing, reading }

/// Takes units from any thread and counts all that are not done; full means no.
final class WorkInbox: Sendable {
    private struct Content {
        var arrived: [(lane: Lane, unit: WorkUnit)] = []
        var pending = 0
        var isClosed = false
    }

    private let limit: Int
    private let content = Mutex(Content())

    init(limit: Int) { self.limit = limit }

    /// Units that are not done.
    var pending: Int { content.withLock { $0.pending } }

    /// Takes a unit.
    /// - Returns: whether the loop must be told, because it had taken all that was here before.
    func add(_ unit: WorkUnit, _ lane: Lane) -> Result<Bool, SQLError> {
        content.withLock { content in
            guard !content.isClosed else { return .failure(.closed) }
            guard content.pending < limit else { return .failure(.overloaded(limit: limit)) }
            content.pending += 1
            content.arrived.append((lane, unit))
            return .success(content.arrived.count == 1)
        }
    }

    /// Gives what arrived to the loop. It stays counted.
    func takeArrived() -> [(lane: Lane, unit: WorkUnit)] {
        content.withLock { content in
            defer { content.arrived = [] }
            return content.arrived
        }
    }

    /// A unit is done, or never will be.
    /// - Returns: how many are left.
    func release() -> Int {
        content.withLock { content in
            content.pending -= 1
            return content.pending
        }
    }

    /// From now on everything is refused.
    func close() { content.withLock { $0.isClosed = true } }
}
