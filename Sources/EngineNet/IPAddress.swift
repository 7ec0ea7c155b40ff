/// An IPv4 or IPv6 address, without a port.
///
/// IPv4 addresses are kept as the IPv6 addresses that sockets of both kinds report them as
/// (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2), so the two spellings are equal.
public struct IPAddress: Sendable, Hashable {
    /// The first eight bytes, the first of them on top.
    package let high: UInt64
    /// The last eight bytes.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The IPv4 address whose first byte is on top of `v4`.
    package init(v4: UInt32) { self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(v4)) }

    /// Whether this is an IPv4 address, however it was spelled.
    public var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// What limits count by. Whoever has one IPv6 address has its network of 64 bits (RFC 6177), so they are one;
    /// an IPv4 address stands for itself.
    package var limitKey: IPAddress { isV4 ? self : IPAddress(high: high, low: 0) }
}

extension IPAddress: CustomStringConvertible {
    /// The address in the one form that RFC 5952 recommends: `192.0.2.1`, `2001:db8::1`.
    public var description: String {
        if isV4 { return (0..<4).map { String(low >> (24 - 8 * $0) & 0xFF) }.joined(separator: ".") }
        let groups = (0..<8).map { ($0 < 4 ? high : low) >> (48 - 16 * ($0 % 4)) & 0xFFFF }
        func text(_ groups: ArraySlice<UInt64>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let zeros = Self.longestZeros(groups)
        // One group alone is not shortened (section 4.2.2).
        guard zeros.count > 1 else { return text(groups[...]) }
        return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
    }

    /// The first of the longest runs of zeros.
    private static func longestZeros(_ groups: [UInt64]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for i in 0...groups.count where i == groups.count || groups[i] != 0 {
            if i - start > longest.count { longest = start..<i }
            start = i + 1
        }
        return longest
    }
}
