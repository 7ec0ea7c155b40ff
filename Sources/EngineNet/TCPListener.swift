internal import CUV

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Accepts connections on one loop.
final class TCPListener: PolledSocket {
    private enum Bounds {
        /// Connections accepted before other sockets get their chance.
        static let acceptsPerTurn = 64
        /// How long to wait when the process has no descriptors left.
        static let retryAccept = Duration.milliseconds(100)
        /// Connections that the kernel keeps waiting for us.
        static let pending: Int32 = 4_096
        /// Bytes that the kernel keeps for a connection and has not sent.
        static let notSent: Int32 = 131_072
    }

    private let accepted: (Int32, SocketAddress) -> Void

    /// Binds and listens; for any thread.
    /// - Parameter sharesPort: several listeners have this port, and the kernel spreads connections over them.
    static func bind(_ address: SocketAddress, sharesPort: Bool, isFirst: Bool = true) throws(NetError) -> (
        fd: Int32, bound: SocketAddress
    ) {
        let attempt = "listen on \(address)"
        guard (0...Int(UInt16.max)).contains(address.port) else {
            throw NetError(attempt, message: "a port is a number from 0 to 65535")
        }
        let fd = try POSIXSocket.make(address.family, for: attempt)
        POSIXSocket.setOption(fd, SOL_SOCKET, SO_REUSEADDR)
        if sharesPort, !isFirst { POSIXSocket.setOption(fd, SOL_SOCKET, SO_REUSEPORT) }
        // Inherited by accepted connections: a message that is alone must not wait for more.
        POSIXSocket.setOption(fd, Int32(IPPROTO_TCP), TCP_NODELAY)
        // Inherited too: what a slow peer has not been sent yet waits here rather than in the kernel, where a ping
        // could not overtake it.
        POSIXSocket.setOption(fd, Int32(IPPROTO_TCP), POSIXSocket.notSentLowWater, Bounds.notSent)
        let status = unsafe address.withSystemAddress { unsafe Self.systemBind(fd, $0, $1) }
        guard let status else {
            closeDescriptor(fd)
            throw NetError(attempt, message: "not a numeric address")
        }
        // Only after the first one has the port to itself: another server's listeners would share it as well.
        if status == 0, sharesPort, isFirst { POSIXSocket.setOption(fd, SOL_SOCKET, SO_REUSEPORT) }
        guard status == 0, listen(fd, Bounds.pending) == 0 else {
            let error = errno
            closeDescriptor(fd)
            throw NetError(attempt, errno: error)
        }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(fd, $0, &length)
            }
        }
        return (fd, SocketAddress(storage))
    }

    private static func systemBind(_ fd: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t)
        -> Int32
    {
        #if canImport(Glibc)
            unsafe Glibc.bind(fd, address, length)
        #else
            unsafe Darwin.bind(fd, address, length)
        #endif
    }

    /// Begins to accept on `loop`, which is the caller's. Takes over the descriptor.
    init(
        loop: EventLoop, fd: Int32, accepted: @escaping (Int32, SocketAddress) -> Void
    ) throws(NetError) {
        self.accepted = accepted
        try super.init(loop: loop, fd: fd)
        watch(readable: true, writable: false)
    }

    override func polled(status: Int32, readable: Bool, writable: Bool) { acceptAll() }

    override func loopStops() { close() }

    private func acceptAll() {
        for _ in 0..<Bounds.acceptsPerTurn where fd >= 0 {
            var storage = sockaddr_storage()
            let connection = POSIXSocket.accept(fd, &storage)
            guard connection >= 0 else {
                if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM {
                    // Asking again at once would only spin.
                    watch(readable: false, writable: false)
                    _ = loop.arm(after: Bounds.retryAccept, self, kind: 0)
                }
                return
            }
            accepted(connection, SocketAddress(storage))
        }
    }

    /// Stops accepting. Connections that were accepted stay.
    func close() {
        guard fd >= 0 else { return }
        closeDescriptor(takeDescriptor())
    }
}

extension TCPListener: TimerTarget {
    func timerFired(_ kind: UInt8) { watch(readable: true, writable: false) }
}
