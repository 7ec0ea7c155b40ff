/// Lets so many events through per second on average, and so many at once after a pause.
///
/// Counts in thousandths of a token: a millisecond brings `perSecond` of them, so nothing is ever rounded and the
/// rate does not drift. Holds no clock; 24 bytes, for one per connection.
package struct TokenBucket: Sendable, Hashable {
    private let perSecond: UInt32
    private let burst: UInt32
    /// Thousandths of a token; at most `burst` tokens.
    private var level: UInt64
    /// When `level` was right, in milliseconds.
    private var time: UInt64 = 0

    /// A full bucket. Numbers below 0 count as 0, those beyond 32 bits as the largest of 32 bits.
    /// - Parameters:
    ///   - perSecond: tokens that each second brings. With 0 the burst is all there ever is.
    ///   - burst: most tokens at once. With 0 nothing passes.
    package init(perSecond: Int, burst: Int) {
        self.perSecond = UInt32(clamping: perSecond)
        self.burst = UInt32(clamping: burst)
        level = UInt64(self.burst) * 1_000
    }

    /// Takes a token if there is one.
    /// - Parameter now: milliseconds of a clock that does not go back. If it does, no time passes until it has
    ///   caught up: never more tokens than the time between the earliest and the latest `now` brings.
    package mutating func take(at now: UInt64) -> Bool {
        if now > time {
            let (brought, overflow) = (now - time).multipliedReportingOverflow(by: UInt64(perSecond))
            let full = UInt64(burst) * 1_000
            level = overflow || brought > full - level ? full : level + brought
            time = now
        }
        guard level >= 1_000 else { return false }
        level -= 1_000
        return true
    }
}
