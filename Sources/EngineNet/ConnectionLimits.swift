/// How many connections may be open.
public struct ConnectionLimits: Sendable, Hashable {
    /// Connections in all. Each takes a descriptor and some kilobytes.
    public var total = 65_536
    /// Connections of one address (of a /64 for IPv6); nil for no limit, since a proxy in front is one address.
    /// Trusted proxies are not counted.
    public var perAddress: Int?
    /// Proxies whose word about the client's address is taken.
    public var trustedProxies = TrustedProxies()

    /// The defaults.
    public init() {}
}
