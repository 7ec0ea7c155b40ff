internal import EngineNet

/// One loop, for those who must find out whether they are on it, or get there.
package struct LoopHandle: Sendable {
    private let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    /// Whether the caller runs on the loop.
    @inline(__always)
    package var isCurrent: Bool { loop.isCurrent }

    /// Runs a closure on the loop: at once if the caller is there, else after what this thread passed before.
    @inline(__always)
    package func run(_ action: @escaping @Sendable () -> Void) {
        if loop.isCurrent { action() } else { loop.execute(action) }
    }

    /// The same, for those who must know.
    /// - Returns: false if the loop has stopped and drops the work.
    package func offer(_ action: @escaping @Sendable () -> Void) -> Bool {
        guard loop.isCurrent else { return loop.offer(action) }
        action()
        return true
    }
}

extension LoopHandle {
    /// Runs a closure on the loop after a time. On the loop.
    package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> LoopTimer {
        LoopTimer(loop, after: delay, action)
    }
}

extension EngineServer {
    /// The loops in the order of their indices.
    package var loops: [LoopHandle] { http.group.loops.map(LoopHandle.init) }
}

extension EngineWorker {
    package var handle: LoopHandle { LoopHandle(loop) }
    /// Position of the loop among the server's.
    package var index: Int { loop.index }
    /// The loop's clock: milliseconds from a fixed point, as of the start of this turn.
    package var milliseconds: UInt64 { loop.now }
    /// Milliseconds since 1970.
    package var wallMilliseconds: Int { WallClock.milliseconds }
}

extension Duration {
    /// As the loop's clock counts, rounded up.
    package var loopMilliseconds: UInt64 { wholeMilliseconds }
}
