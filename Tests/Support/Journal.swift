import Synchronization

/// What a test hears from other threads, kept in order.
package final class Journal<Element: Sendable>: Sendable {
    private let entries = Mutex<[Element]>([])

    package init() {}

    package var all: [Element] { entries.withLock { $0 } }
    package var count: Int { entries.withLock { $0.count } }
    package func append(_ element: Element) { entries.withLock { $0.append(element) } }

    /// Waits until there are at least `count` entries.
    /// - Returns: all that are there then; fewer when they did not come in time.
    package func waitFor(_ count: Int) async -> [Element] {
        _ = await eventually { self.count >= count }
        return all
    }
}
