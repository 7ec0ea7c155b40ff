import EngineNet

/// What the heartbeat of one connection asks of its loop's timers, without the connection: more of them can be armed
/// than a process may have sockets.
final class ArmedHeartbeat: TimerTarget {
    private static let interval = Duration.seconds(25)
    private static let patience = Duration.seconds(20)

    private let loop: EventLoop

    private init(_ loop: EventLoop) { self.loop = loop }

    /// Arms as many, as those of connections that were opened one after the other within the last interval, and waits
    /// for that: it is not what is measured.
    static func arm(_ count: Int, on loop: EventLoop) async {
        await withCheckedContinuation { done in
            loop.execute {
                for i in 0..<count {
                    let ago = interval * (count - i) / count
                    let opened = loop.now - min(loop.now, ago.wholeMilliseconds)
                    let due = EventLoop.looseDeadline(now: opened, delay: interval.wholeMilliseconds)
                    let wait = Duration.milliseconds(Int(due - min(due, loop.now)))
                    _ = loop.arm(after: wait, ArmedHeartbeat(loop), kind: 0)
                }
                done.resume()
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
