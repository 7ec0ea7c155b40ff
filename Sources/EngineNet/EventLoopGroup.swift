internal import CUV
internal import Synchronization

/// The loops of a server.
public final class EventLoopGroup: Sendable {
    /// At least one.
    public let loops: [EventLoop]
    private let isStopped = Atomic<Bool>(false)

    /// Starts the threads.
    /// - Parameter count: how many loops; one per core unless given.
    package init(count: Int? = nil) {
        let count = max(1, count ?? Self.coreCount)
        loops = (0..<count).map { EventLoop(index: $0) }
        for loop in loops { loop.start() }
    }

    /// The cores that this process may use.
    package static var coreCount: Int { Int(uv_available_parallelism()) }

    /// Ends all loops and waits for their threads. Not to be called on one of them.
    package func stop() {
        precondition(!loops.contains { $0.isCurrent }, "a loop cannot wait for itself")
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        for loop in loops { loop.stop() }
        for loop in loops { loop.join() }
    }
}
