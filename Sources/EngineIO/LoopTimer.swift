internal import EngineNet

/// A closure that runs once, later, on the loop; unless cancelled.
package final class LoopTimer: TimerTarget, @unchecked Sendable {
    // Proof of sendability: made, cancelled and fired on `loop` only.

    private let loop: EventLoop
    private var id: TimerID?
    private var action: (() -> Void)?

    init(_ loop: EventLoop, after delay: Duration, _ action: @escaping () -> Void) {
        self.loop = loop
        self.action = action
        id = loop.arm(after: delay, self, kind: 0)
    }

    package func cancel() {
        loop.cancel(id)
        (id, action) = (nil, nil)
    }

    package func timerFired(_ kind: UInt8) {
        let action = action
        (id, self.action) = (nil, nil)
        action?()
    }
}

extension EngineWorker {
    /// Runs a closure on the loop after a time. On the loop.
    package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> LoopTimer {
        LoopTimer(loop, after: delay, action)
    }

    /// Starts a task that runs on the loop: at once up to its first suspension, and back here after each. On the loop.
    package func startTask(_ operation: @escaping @Sendable () async -> Void) {
        _ = Task<Void, Never>.immediate(executorPreference: loop) { await operation() }
    }
}
