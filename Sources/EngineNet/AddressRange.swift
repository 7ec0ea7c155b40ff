internal import EngineWire

/// All addresses that begin with the same bits.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    /// The first of them.
    private let first: IPAddress
    /// How many of the 128 bits are the same; 96 more than an IPv4 prefix says.
    private let bits: Int

    /// Reads `10.0.0.0/8`, `2001:db8::/32`, or an address, which is a range of one. Bits behind the prefix do not
    /// matter. Nil for everything else.
    public init?(_ text: String) {
        let parts = text.utf8.split(
            separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(decoding: parts[0], as: UTF8.self)) else { return nil }
        let isV4 = !parts[0].contains(UInt8(ascii: ":"))
        var bits = 128
        if parts.count == 2 {
            let digits = Array(parts[1])
            guard let number = digits.span.decimal(), number <= (isV4 ? 32 : 128),
                digits.count == 1 || digits[0] != UInt8(ascii: "0")
            else { return nil }
            bits = isV4 ? 96 + number : number
        }
        self.init(address, bits: bits)
    }

    private init(_ address: IPAddress, bits: Int) {
        self.bits = bits
        first = Self.masked(address, bits: bits)
    }

    /// Whether an address is one of them.
    public func contains(_ address: IPAddress) -> Bool { Self.masked(address, bits: bits) == first }

    public var description: String {
        first.isV4 && bits >= 96 ? "\(first)/\(bits - 96)" : "\(first)/\(bits)"
    }

    private static func masked(_ address: IPAddress, bits: Int) -> IPAddress {
        // Smart shifts: 64 or more bits give 0.
        IPAddress(
            high: address.high & ~(UInt64.max >> bits), low: address.low & ~(UInt64.max >> max(0, bits - 64)))
    }
}

extension AddressRange {
    /// The same machine: `127.0.0.0/8` and `::1`.
    public static let loopback = ranges(["127.0.0.0/8", "::1"])
    /// The same link: `169.254.0.0/16` and `fe80::/10`.
    public static let linkLocal = ranges(["169.254.0.0/16", "fe80::/10"])
    /// Private networks: those of RFC 1918, and `fc00::/7`.
    public static let uniqueLocal = ranges(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"])

    /// What an element of Express' setting `trust proxy` stands for: `loopback`, `linklocal`, `uniquelocal`, or
    /// one range. Nil for everything else.
    public static func named(_ text: String) -> [AddressRange]? {
        switch text {
        case "loopback": loopback
        case "linklocal": linkLocal
        case "uniquelocal": uniqueLocal
        default: AddressRange(text).map { [$0] }
        }
    }

    private static func ranges(_ texts: [String]) -> [AddressRange] { texts.compactMap { AddressRange($0) } }
}
