public import EngineWire
internal import Synchronization

/// What answers requests. One for each loop, called on it.
package protocol HTTPService: AnyObject {
    /// Answers with `exchange.respond`, now or later, exactly once; or makes the connection a WebSocket.
    func serve(_ request: HTTPRequest, _ exchange: HTTPExchange)
}

/// HTTP/1.1 over TCP on all loops of a group.
public final class HTTPServer: Sendable {
    /// What the server allows before it gives up on a client.
    public struct Options: Sendable {
        public var limits = HTTPLimits()
        /// Time for a whole request to arrive, and between two requests of a connection.
        public var idleTimeout = Duration.seconds(60)

        public init() {}
    }

    package let group: EventLoopGroup
    package let options: Options
    private let services: [LoopBound<any HTTPService>]
    private let connections: [LoopBound<Connections>]
    private let listeners: [LoopBound<[TCPListener]>]
    private let nextLoop = Atomic<Int>(0)

    /// Connections of one loop that still speak HTTP, so that they can be closed with the server.
    final class Connections {
        var open: [ObjectIdentifier: HTTPConnection] = [:]
    }

    package init(
        group: EventLoopGroup, options: Options,
        makeService: @escaping @Sendable (EventLoop) -> any HTTPService
    ) {
        self.group = group
        self.options = options
        services = group.loops.map { LoopBound(loop: $0) }
        connections = group.loops.map { LoopBound(loop: $0) }
        listeners = group.loops.map { LoopBound(loop: $0) }
        for (service, table) in zip(services, connections) {
            service.loop.execute {
                service.set(makeService(service.loop))
                table.set(Connections())
            }
        }
    }

    /// Binds a port on all loops and begins to accept.
    /// - Parameter tls: what connections of this port are encrypted with; nil for plain HTTP.
    /// - Returns: the address bound, with the port that the system chose if `port` is 0.
    package func listen(_ address: SocketAddress, tls: TLSContext? = nil) throws(NetError) -> SocketAddress {
        #if os(Linux)
            // The kernel spreads connections over listeners that share a port.
            let shares = group.loops.count > 1
            let first = try TCPListener.bind(address, sharesPort: shares)
            var descriptors = [first.fd]
            for _ in group.loops.dropFirst() {
                descriptors.append(try TCPListener.bind(first.bound, sharesPort: shares, isFirst: false).fd)
            }
        #else
            let first = try TCPListener.bind(address, sharesPort: false)
            let descriptors = [first.fd]
        #endif
        for (box, fd) in zip(listeners, descriptors) {
            box.loop.execute { [self] in
                let listener = TCPListener(loop: box.loop, fd: fd) { [self] in
                    accepted($0, from: $1, tls: tls, on: box.loop)
                }
                box.set((box.get() ?? []) + [listener])
            }
        }
        return first.bound
    }

    private func accepted(_ fd: Int32, from peer: SocketAddress, tls: TLSContext?, on loop: EventLoop) {
        #if os(Linux)
            adopt(fd, from: peer, tls: tls?.makeSession(), unread: [], on: loop)
        #else
            let turn = nextLoop.add(1, ordering: .relaxed).newValue
            let other = group.loops[abs(turn) % group.loops.count]
            let session = tls?.makeSession()
            if other === loop { return adopt(fd, from: peer, tls: session, unread: [], on: loop) }
            other.execute { [self] in adopt(fd, from: peer, tls: session, unread: [], on: other) }
        #endif
    }

    /// Makes a descriptor a connection of `loop`, on that loop.
    private func adopt(
        _ fd: Int32, from peer: SocketAddress, tls: TLSSession?, unread: [UInt8],
        serving request: HTTPRequest? = nil, on loop: EventLoop
    ) {
        guard let service = services[loop.index].get(), let table = connections[loop.index].get() else {
            return closeDescriptor(fd)
        }
        let tcp = TCPConnection(loop: loop, fd: fd, tls: tls)
        let connection = HTTPConnection(tcp, peer: peer, server: self, service: service)
        table.open[ObjectIdentifier(connection)] = connection
        connection.start(serving: request, unread: unread)
    }

    /// Gives an idle connection with its current request to another loop of the group.
    func move(
        _ connection: HTTPConnection, _ tcp: TCPConnection, serving request: HTTPRequest, to loop: EventLoop
    ) {
        forget(connection, on: tcp.loop)
        let peer = connection.peer
        let (fd, unread, tls) = tcp.detach()
        let isTaken = loop.offer { [self] in
            adopt(fd, from: peer, tls: tls, unread: unread, serving: request, on: loop)
        }
        if !isTaken { closeDescriptor(fd) }
    }

    func forget(_ connection: HTTPConnection, on loop: EventLoop) {
        connections[loop.index].get()?.open[ObjectIdentifier(connection)] = nil
    }

    /// Stops accepting and closes idle connections; those with a request in progress close behind the answer.
    package func close() {
        for (box, table) in zip(listeners, connections) {
            box.loop.execute {
                for listener in box.get() ?? [] { listener.close() }
                box.set(nil)
                for connection in table.get().map({ Array($0.open.values) }) ?? [] {
                    connection.closeWhenIdle()
                }
            }
        }
    }
}
