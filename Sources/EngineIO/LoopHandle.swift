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

extension EngineServer {
    /// The loops in the order of their indices.
    package var loops: [LoopHandle] { http.group.loops.map(LoopHandle.init) }
}

extension EngineWorker {
    package var handle: LoopHandle { LoopHandle(loop) }
    /// Position of the loop among the server's.
    package var index: Int { loop.index }
}
