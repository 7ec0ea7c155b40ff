/// Whether Redis can be reached.
package enum RedisState: Sendable, Hashable {
    /// Before `start` and after `stop`.
    case stopped
    /// Before the first success or failure.
    case connecting
    /// Logged in, and every subscription confirmed. After `down` it means: what was published meanwhile is lost,
    /// so read again what matters.
    case live
    /// - Parameters:
    ///   - since: when it was lost or, if it never was live, when it was first tried.
    ///   - lastError: what happened last.
    case down(since: ContinuousClock.Instant, lastError: String)
}

/// What a connection has been through since it was made.
package struct RedisCounts: Sendable, Hashable {
    /// Times it became live.
    package var connects = 0
    /// Times it became live again.
    package var reconnects: Int { max(0, connects - 1) }
    /// Times it was lost while something was subscribed, so that messages may be missing.
    package var gaps = 0
    /// Attempts that failed and connections that were lost.
    package var failures = 0
    /// Failures in which Redis said no, e.g. to the password.
    package var refusals = 0
    package var pings = 0
    /// Messages delivered.
    package var messages = 0
    /// Messages dropped because their payload was longer than the limit.
    package var tooLong = 0
    /// Replies that nobody had asked for.
    package var strays = 0

    package init() {}
}

/// A snapshot of a connection, for any thread.
package struct RedisStatus: Sendable, Hashable {
    package var state = RedisState.stopped
    /// Round trip of the last `PING`; nil before the first.
    package var latency: Duration?
    /// What happened last, also when it is long over; nil if nothing did.
    package var lastError: String?
    /// Subscriptions that Redis has not confirmed yet.
    package var unconfirmed = 0
    package var counts = RedisCounts()

    package init() {}
}
