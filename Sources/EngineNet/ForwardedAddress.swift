public import EngineWire

/// The reverse proxies whose word about a client's address counts.
///
/// Each proxy adds the address that it was called from at the end of a list. So the list is read from its end: as
/// long as a trusted proxy speaks, what it adds is true; the first address that is not a trusted proxy's is the
/// client's, and what stands before it is the client's own invention.
public struct TrustedProxies: Sendable, Hashable {
    /// Which field the list is in.
    public enum Source: Sendable, Hashable {
        /// `Forwarded` (RFC 7239) when there is one, else `X-Forwarded-For`. Only for proxies that write `Forwarded`
        /// or remove it: most write `X-Forwarded-For` alone and pass a client's own `Forwarded` on, which would
        /// then let it choose its address.
        case forwardedElseXForwardedFor
        /// `Forwarded` alone.
        case forwarded
        /// `X-Forwarded-For` alone: what nginx, HAProxy, Traefik, Envoy and the clouds' balancers write.
        case xForwardedFor
    }

    /// Where the proxies are. Empty: nobody is trusted, and the client is who the connection comes from.
    public var ranges: [AddressRange]
    /// The field that they write.
    public var source: Source

    /// More proxies than any request passes through; what stands before so many addresses is not read.
    package static let maxHops = 32

    /// By itself: nobody is trusted.
    public init(ranges: [AddressRange] = [], source: Source = .xForwardedFor) {
        self.ranges = ranges
        self.source = source
    }

    /// Whether a proxy at this address is trusted.
    public func trusts(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }

    /// The client's address.
    ///
    /// If the proxies are all that is known (nothing in front of them, something that is no address, such as
    /// `unknown`, or too long a list), it is that of the outermost one known.
    /// - Parameters:
    ///   - peer: where the connection comes from. If it is not trusted the request's fields are ignored.
    ///   - request: what the proxies' fields are in.
    public func client(peer: IPAddress, request: HTTPRequest) -> IPAddress {
        guard trusts(peer) else { return peer }
        var hops = hops(of: request)
        var client = peer
        for _ in 0..<Self.maxHops {
            guard case .address(let hop) = hops.last() else { return client }
            client = hop
            if !trusts(hop) { return client }
        }
        return client
    }

    private func hops(of request: HTTPRequest) -> ForwardedHops {
        let forwarded = source == .xForwardedFor ? [] : request.fieldValues("Forwarded")
        if source == .forwarded || !forwarded.isEmpty {
            return ForwardedHops(forwarded, isForwarded: true)
        }
        return ForwardedHops(request.fieldValues("X-Forwarded-For"), isForwarded: false)
    }
}
