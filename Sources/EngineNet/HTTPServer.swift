public import EngineWire
internal import Synchronization

/// HTTP/1.1 over TCP on all loops of a group: routes, and protocols at paths of their own.
///
/// ```swift
/// let http = HTTPServer()
/// let engine = EngineServer(on: http) { session in
///     session.onMessage { message in session.send(message) }
/// }
/// var routes = HTTPRoutes()
/// routes.get("/health") { _ in
///     HTTPResponse(
///         status: 200, contentType: "text/plain", text: "\(await engine.sessionCount()) sessions\n")
/// }
/// http.serve(routes)
/// try http.listen(port: 3000)
/// ```
public final class HTTPServer: Sendable {
    /// What the server allows before it gives up on a client.
    public struct Options: Sendable {
        /// How large a request may be.
        public var limits = HTTPLimits()
        /// How many connections there may be.
        public var connections = ConnectionLimits()
        /// Time for a request's head to arrive: from the connection's start, TLS handshake included, or from the
        /// head's first byte on a connection that is kept. A client that dribbles must not hold a connection.
        public var headTimeout = Duration.seconds(10)
        /// Time for a request's body to arrive, from the end of its head.
        public var bodyTimeout = Duration.seconds(30)
        /// Time between two requests of a connection, and for a client to take some part of its answer. Longer
        /// than the 60 s for which proxies keep theirs, so that it is not the server who closes first.
        public var keepAliveTimeout = Duration.seconds(75)
        /// What is written about requests and TLS handshakes that are refused.
        public var debug = DebugLog.environment

        /// The defaults.
        public init() {}
    }

    /// One loop's share: its site, its listeners, and the connections that still speak HTTP.
    final class LoopShare {
        let site = HTTPSite()
        var listeners: [TCPListener] = []
        var open: [ObjectIdentifier: HTTPConnection] = [:]
        /// WebSockets to which something may still be written.
        var webSockets = 0
        /// Whether connections close when they have nothing to do.
        var isClosing = false
        /// Requests that broke HTTP, by the status of their answer.
        var refusals: [Int: Int] = [:]
    }

    /// The threads that the server runs on.
    public let group: EventLoopGroup
    package let options: Options
    let census: Census
    private let shares: [LoopBound<LoopShare>]
    private let nextLoop = Atomic<Int>(0)
    /// Whether no more connections are accepted: for good.
    private let hasStoppedAccepting = Atomic<Bool>(false)

    /// Makes a server, and starts its loops.
    /// - Parameters:
    ///   - options: what connections and requests may cost.
    ///   - loops: event loops, each a thread; nil for one per core.
    public convenience init(options: Options = Options(), loops: Int? = nil) {
        self.init(group: EventLoopGroup(count: loops), options: options)
    }

    package init(group: EventLoopGroup, options: Options = Options()) {
        self.group = group
        self.options = options
        census = Census(limit: options.connections.total, perAddress: options.connections.perAddress)
        shares = group.loops.map { LoopBound(loop: $0) }
        for share in shares { share.loop.execute { share.set(LoopShare()) } }
    }

    /// Sets what the server answers besides the protocols on it.
    public func serve(_ routes: HTTPRoutes) { onEachLoop { $0.site.routes = routes } }

    /// Gives the requests of a path, or of every path if it is nil, to a service of each loop.
    package func mount(at path: String?, _ makeService: @escaping @Sendable (EventLoop) -> any HTTPService) {
        for share in shares {
            share.loop.execute { share.get()?.site.mount(makeService(share.loop), at: path) }
        }
    }

    private func onEachLoop(_ action: @escaping @Sendable (LoopShare) -> Void) {
        for share in shares { share.loop.execute { share.get().map(action) } }
    }

    // MARK: Connections

    /// Binds a port on all loops and begins to accept.
    /// - Parameters:
    ///   - host: a numeric address, or `localhost`.
    ///   - port: 0 for any that is free.
    ///   - tls: what connections of this port are encrypted with; nil for plain HTTP.
    /// - Returns: the address, with the port that was bound.
    /// - Throws: what the system says, e.g. that the address is in use; and when the server has been closed.
    @discardableResult
    public func listen(
        host: String = "0.0.0.0", port: Int, tls: TLSContext? = nil
    ) throws(NetError) -> SocketAddress {
        guard !hasStoppedAccepting.load(ordering: .acquiring) else {
            throw .serverClosed(host, port)
        }
        let address = SocketAddress(host: host == "localhost" ? "127.0.0.1" : host, port: port)
        #if os(Linux)
            // The kernel spreads connections over listeners that share a port.
            let sharesPort = group.loops.count > 1
            let first = try TCPListener.bind(address, sharesPort: sharesPort)
            var descriptors = [first.fd]
            for _ in group.loops.dropFirst() {
                descriptors.append(
                    try TCPListener.bind(first.bound, sharesPort: sharesPort, isFirst: false).fd)
            }
        #else
            let first = try TCPListener.bind(address, sharesPort: false)
            let descriptors = [first.fd]
        #endif
        for (share, fd) in zip(shares, descriptors) {
            let isTaken = share.loop.offer { [self] in
                // Closed since: nobody would come for the listener any more.
                guard !hasStoppedAccepting.load(ordering: .acquiring) else { return closeDescriptor(fd) }
                // Fails on a loop that stops, which needs none.
                let listener = try? TCPListener(loop: share.loop, fd: fd) { [self] in
                    accepted($0, from: $1, tls: tls, on: share.loop)
                }
                if let listener { share.get()?.listeners.append(listener) }
            }
            if !isTaken { closeDescriptor(fd) }
        }
        return first.bound
    }

    private func accepted(_ fd: Int32, from peer: SocketAddress, tls: TLSContext?, on loop: EventLoop) {
        let lease: CensusLease
        do {
            lease = try census.enter(countedAddress(peer))
        } catch {
            // Said in one go and without waiting for anything: there is no room for more.
            POSIXSocket.sendAndClose(fd, tls == nil ? Self.refusal(error) : [])
            return
        }
        let socket = Accepted(fd: fd, peer: peer, lease: lease, tls: tls?.makeSession())
        #if os(Linux)
            adopt(socket, on: loop)
        #else
            let turn = nextLoop.add(1, ordering: .relaxed).newValue
            let other = group.loops[abs(turn) % group.loops.count]
            if other === loop { return adopt(socket, on: loop) }
            other.execute { [self] in adopt(socket, on: other) }
        #endif
    }

    /// The address that a connection counts for; nil for proxies, which bring many clients.
    private func countedAddress(_ peer: SocketAddress) -> IPAddress? {
        guard let address = IPAddress(peer.host), !options.connections.trustedProxies.trusts(address) else {
            return nil
        }
        return address
    }

    private static func refusal(_ reason: Census.Refusal) -> [UInt8] {
        var response =
            switch reason {
            case .total: HTTPResponse(status: 503, contentType: "text/plain", text: "too many connections\n")
            case .perAddress:
                HTTPResponse(
                    status: 429, contentType: "text/plain", text: "too many connections of this address\n")
            }
        response.fields["Retry-After"] = "5"
        var bytes: [UInt8] = []
        response.encode(keepsConnection: false, withoutBody: false, into: &bytes)
        return bytes
    }

    /// A connection on its way to a loop.
    private struct Accepted: Sendable {
        let fd: Int32
        let peer: SocketAddress
        let lease: CensusLease?
        let tls: TLSSession?
    }

    /// Makes a socket a connection of `loop`, on that loop.
    private func adopt(
        _ socket: Accepted, resuming begun: RequestDecoder? = nil, unread: [UInt8] = [], on loop: EventLoop
    ) {
        guard let share = shares[loop.index].get() else { return closeDescriptor(socket.fd) }
        let tcp: TCPConnection
        do {
            tcp = try TCPConnection(loop: loop, fd: socket.fd, tls: socket.tls, lease: socket.lease)
        } catch { return options.debug(.engineHTTP, "\(socket.peer): \(error)") }
        let connection = HTTPConnection(tcp, peer: socket.peer, server: self, share: share)
        share.open[ObjectIdentifier(connection)] = connection
        connection.start(resuming: begun, unread: unread)
        if share.isClosing { connection.closeWhenIdle() }
    }

    /// Gives a connection with the request that has begun on it to another loop of the group.
    func move(
        _ tcp: TCPConnection, from peer: SocketAddress, begun: RequestDecoder, to loop: EventLoop
    ) {
        let lease = tcp.lease
        let (fd, unread, tls) = tcp.detach()
        let socket = Accepted(fd: fd, peer: peer, lease: lease, tls: tls)
        let isTaken = loop.offer { [self] in adopt(socket, resuming: begun, unread: unread, on: loop) }
        if !isTaken { closeDescriptor(fd) }
    }

    // MARK: The end

    /// Accepts no more connections. Those there are go on.
    package func stopAccepting() {
        hasStoppedAccepting.store(true, ordering: .releasing)
        onEachLoop { share in for listener in exchange(&share.listeners, with: []) { listener.close() } }
    }

    /// Stops accepting and closes idle connections; those with a request in progress close behind the answer.
    public func close() {
        stopAccepting()
        onEachLoop { share in
            share.isClosing = true
            for connection in Array(share.open.values) { connection.closeWhenIdle() }
        }
    }

    /// Waits until all requests are answered and all that was written has left. After `close`.
    package func finish(until deadline: ContinuousClock.Instant) async {
        while await busyCount() > 0, ContinuousClock.now < deadline {
            // Asked now and then: connections end one by one, each on its loop.
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    private func busyCount() async -> Int {
        var count = 0
        for share in shares { count += await share.ask { $0.open.count + $0.webSockets } ?? 0 }
        return count
    }

    /// Closes, and ends the threads. Not to be called on one of the loops.
    public func stop() async {
        close()
        let group = group
        await Task.detached { group.stop() }.value
    }

    // MARK: Figures

    /// What the server counts.
    public struct Metrics: Sendable {
        /// Connections open now.
        public var connections = 0
        /// Connections not taken since the start: the server is full, or their address has too many.
        public var connectionsRefused: (total: Int, perAddress: Int) = (0, 0)
        /// Requests that broke HTTP or a limit of it, by the status of their answer.
        public var requestsRefused: [Int: Int] = [:]

        /// Nothing counted.
        public init() {}
    }

    /// What the server counts, over all loops.
    public func metrics() async -> Metrics {
        var metrics = Metrics()
        metrics.connections = census.count
        metrics.connectionsRefused = census.refusals
        for share in shares {
            let refusals = await share.ask { $0.refusals } ?? [:]
            metrics.requestsRefused.merge(refusals, uniquingKeysWith: +)
        }
        return metrics
    }
}
