/// What one WebSocket message may cost.
package struct WebSocketLimits: Sendable, Hashable {
    /// Largest message in bytes, all its fragments together, and inflated if it was compressed (close code 1009
    /// beyond it).
    package var message = 1_000_000
    /// Most fragments of one message, empty ones counted: tiny fragments cost far more than their bytes.
    package var fragments = 1_024

    package init() {}

    /// Most bytes that a message of `count` bytes may have when compressed: what zlib needs at worst, as its
    /// `deflateBound` has it. Who sends more wastes it on empty blocks.
    static func compressed(_ count: Int) -> Int {
        let (sum, overflows) = count.addingReportingOverflow(count / 8 + count / 64 + 16)
        return overflows ? .max : sum
    }
}
