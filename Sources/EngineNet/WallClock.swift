#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The time of day. For what is shown to people; waiting is done by the loop's clock.
package enum WallClock {
    /// Milliseconds since 1970.
    package static var milliseconds: Int {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1_000 + now.tv_nsec / 1_000_000
    }
}
