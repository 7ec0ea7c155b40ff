internal import CUV
internal import EngineWire

/// A loop's timers: one of libuv's ends the wait, the wheel knows who is meant. On the loop.
extension EventLoop {
    /// Milliseconds from a fixed point, as of the start of this turn.
    @inline(__always)
    package var now: UInt64 { unsafe hasStopped ? uv_hrtime() / 1_000_000 : uv_now(uv) }

    /// Arms a timer; `target` is kept until it fires or is cancelled. A loop that has stopped keeps nothing.
    package func arm(after delay: Duration, _ target: any TimerTarget, kind: UInt8) -> TimerID {
        guard !hasStopped else { return .never }
        return timers.arm(at: now + delay.wholeMilliseconds, (target, kind))
    }

    /// The same for a timer that many have and that may be a little late: it fires together with others.
    ///
    /// A hundred thousand heartbeats would wake the loop each millisecond, and waking it costs more than they do.
    package func armLoosely(after delay: Duration, _ target: any TimerTarget, kind: UInt8) -> TimerID {
        guard !hasStopped else { return .never }
        let deadline = Self.looseDeadline(now: now, delay: delay.wholeMilliseconds)
        return timers.arm(at: deadline, (target, kind))
    }

    /// A deadline that is at most 1/256 of the delay late, on a grid that timers of like delays share.
    package static func looseDeadline(now: UInt64, delay: UInt64) -> UInt64 {
        let slack = delay / 256
        let deadline = now + delay
        guard slack > 0 else { return deadline }
        let grid: UInt64 = 1 << UInt64(63 - slack.leadingZeroBitCount)
        return (deadline + grid - 1) & ~(grid - 1)
    }

    package func cancel(_ timer: TimerID?) {
        if let timer { timers.cancel(timer) }
    }

    /// Timers armed on this loop.
    package var armedTimers: Int { timers.count }

    func fireTimers() {
        guard let next = timers.nextDeadline, next <= now else { return }
        // Something held the loop up. One more turn first: what clients sent meanwhile may wait behind an accept.
        if now - next > Bounds.stall, !gaveGrace {
            gaveGrace = true
            return
        }
        gaveGrace = false
        turnBegins()
        timers.advance(to: now, into: &due)
        for (target, kind) in exchange(&due, with: []) { target.timerFired(kind) }
    }

    func armTimer() {
        guard !hasStopped else { return }
        let next = timers.nextDeadline ?? .max
        if next == armedFor, next > now { return }
        armedFor = next
        guard next != .max else {
            unsafe uv_timer_stop(timerHandle)
            return
        }
        // The timer only ends the wait: due timers fire at the end of the turn.
        unsafe uv_timer_start(timerHandle, { _ in }, next > now ? next - now : 0, 0)
    }
}

extension Duration {
    /// Rounded up, so that a timer never fires early.
    package var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        // 30,000 years are as good as never, and can be added to any time.
        return UInt64(min(max(0, seconds), 1_000_000_000_000)) * 1_000 + UInt64(
            max(0, attoseconds) + 999_999_999_999_999)
            / 1_000_000_000_000_000
    }
}
