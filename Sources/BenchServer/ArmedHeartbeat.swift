import EngineNet

/// What the heartbeat of one connection asks of its loop's timers, without the connection: more of them can be armed
/// than a process may have sockets.
final class ArmedHeartbeat: TimerTarget {
    private static let interval = Duration.seconds(25)
    private static let patience = Duration.seconds(20)

    private let loop: EventLoop

    private init(_ loop: EventLoop) { self.loop = loop }

    /// Arms as many, spread over the interval.
    static func arm(_ count: Int, on loop: EventLoop) {
        loop.execute {
            for i in 0..<count {
                _ = loop.armLoosely(after: interval * (i + 1) / count, ArmedHeartbeat(loop), kind: 0)
            }
        }
    }

    /// The ping is due, and its pong there before its time is up.
    func timerFired(_ kind: UInt8) {
        let pong = loop.armLoosely(after: Self.patience, self, kind: 1)
        loop.cancel(pong)
        _ = loop.armLoosely(after: Self.interval, self, kind: 0)
    }
}
