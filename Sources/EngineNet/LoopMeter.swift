/// How busy one event loop is.
public struct LoopLoad: Sendable, Hashable {
    /// Position of the loop in its group.
    public var loop: Int
    /// Turns since the start.
    public var turns = 0
    /// Time spent in turns since the start: all but waiting.
    public var busy = Duration.zero
    /// The longest turn since this was asked last. So long a client may have waited for its turn: the loop's lag.
    public var longestTurn = Duration.zero
}

/// Measures a loop's turns. Pure: time is an argument, in nanoseconds from any fixed point.
struct LoopMeter {
    private var began: UInt64 = 0
    private var turns = 0
    private var busy: UInt64 = 0
    private var longest: UInt64 = 0

    /// Something happens on the loop: the first of it begins the turn.
    @inline(__always)
    mutating func turnBegins(at now: @autoclosure () -> UInt64) {
        if began == 0 { began = now() }
    }

    /// The loop goes to wait.
    mutating func turnEnded(at now: UInt64) {
        guard began != 0 else { return }
        turns &+= 1
        busy &+= now &- began
        longest = max(longest, now &- began)
        began = 0
    }

    /// What was measured; the longest turn begins anew.
    mutating func take(index: Int) -> LoopLoad {
        defer { longest = 0 }
        return LoopLoad(
            loop: index, turns: turns, busy: .nanoseconds(busy), longestTurn: .nanoseconds(longest))
    }
}
