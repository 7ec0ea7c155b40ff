#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// One socket on its way to one address. It ends itself, or is closed by its connector.
final class ConnectAttempt: PolledSocket {
    private let what: String
    private var ended: ((Outcome) -> Void)?

    enum Outcome {
        /// The descriptor, which is the receiver's now.
        case connected(Int32)
        case failed(NetError)
        /// The loop ends; there is no time for another attempt.
        case loopEnds
    }

    /// Begins; throws when the system says no at once.
    /// - Parameter ended: called later, on the loop.
    init(_ loop: EventLoop, _ address: SystemAddress, _ what: String, ended: @escaping (Outcome) -> Void)
        throws(NetError)
    {
        guard !loop.hasStopped else { throw .loopEnds(what) }
        let fd = try POSIXSocket.make(address.family, for: what)
        if address.family != AF_UNIX { POSIXSocket.setOption(fd, Int32(IPPROTO_TCP), TCP_NODELAY) }
        POSIXSocket.setOption(fd, SOL_SOCKET, SO_KEEPALIVE)
        // EINTR too means that it goes on in the background. A success is told by the next poll as well.
        guard address.connect(fd) == 0 || errno == EINPROGRESS || errno == EINTR else {
            let error = errno
            closeDescriptor(fd)
            throw NetError(what, errno: error)
        }
        self.what = what
        self.ended = ended
        try super.init(loop: loop, fd: fd)
        watch(readable: false, writable: true)
    }

    override func polled(status: Int32, readable: Bool, writable: Bool) {
        var error = POSIXSocket.pendingError(fd)
        if error == 0, status < 0 { error = -status }
        if error == 0, SystemAddress.isConnectedToItself(fd) { error = ECONNREFUSED }
        let ended = exchange(&ended, with: nil)
        let fd = takeDescriptor()
        guard error == 0 else {
            closeDescriptor(fd)
            ended?(.failed(NetError(what, errno: error)))
            return
        }
        ended?(.connected(fd))
    }

    override func loopStops() {
        let ended = exchange(&ended, with: nil)
        close()
        ended?(.loopEnds)
    }

    /// Gives up without a word.
    func close() {
        ended = nil
        guard fd >= 0 else { return }
        closeDescriptor(takeDescriptor())
    }
}
