internal import EngineNet
internal import EngineWire
internal import Synchronization

/// What all loops of an engine share to decide who comes in.
final class EngineAdmission: Sendable {
    private let sessions: Census
    private let rate: Mutex<TokenBucket>?
    private let proxies: TrustedProxies
    /// Custom session ids; nil if the engine makes them.
    let directory: SessionDirectory?

    init(_ options: EngineOptions, proxies: TrustedProxies) {
        let limits = options.admission
        sessions = Census(limit: limits.sessions, perAddress: limits.sessionsPerAddress)
        rate = limits.handshakesPerSecond.map {
            Mutex(TokenBucket(perSecond: $0, burst: limits.handshakeBurst ?? $0))
        }
        directory = options.generateId == nil ? nil : SessionDirectory()
        self.proxies = proxies
    }

    /// Where a request comes from, behind the proxies that are trusted.
    func client(_ request: HTTPRequest, peer: SocketAddress) -> String {
        guard !proxies.ranges.isEmpty, let address = IPAddress(peer.host) else { return peer.host }
        return proxies.client(peer: address, request: request).description
    }

    /// Lets one session in, until the lease is gone.
    /// - Parameter now: milliseconds of the loop's clock.
    func enter(_ address: String, now: UInt64) throws(ConnectionError) -> CensusLease {
        let lease: CensusLease
        do { lease = try sessions.enter(IPAddress(address)) } catch {
            throw .limit(error == .total ? .sessions : .sessionsPerAddress)
        }
        // A session that does not come to be gives its place back with the lease.
        guard rate?.withLock({ $0.take(at: now) }) ?? true else { throw .limit(.handshakeRate) }
        return lease
    }

    /// A session that kept its lease has ended.
    func leave(_ session: Session) { sessions.leave(IPAddress(session.address)) }
}
