internal import EngineWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The end: in order, at once, or as a move to another loop.
extension TCPConnection {
    /// Sends what was written, tells the peer that nothing follows, and waits a moment for its end, so that the
    /// last bytes are not lost to a reset.
    /// - Parameter isPeerDone: whether the peer's protocol lets it send nothing more: then there is no reset to wait
    ///   for, and the kernel sends the last bytes of a socket that is closed.
    package func closeAfterWrites(isPeerDone: Bool = false) {
        guard state == .open, !closesWhenDrained else { return }
        if state == .open, dirtyIndex >= 0 { loop.flush() }
        guard state == .open else { return }
        closesWhenDrained = true
        unread = []
        guard sendCloseNotify() else { return fail(NetError("send", errno: errno)) }
        if !isBlocked {
            // A TLS peer still answers our end of the stream with its own.
            if isPeerDone, tls == nil { close() } else { finishWriting() }
        } else {
            armLinger()
        }
    }

    /// Gives the peer time to take the last bytes; anew whenever it takes some.
    func armLinger() {
        loop.cancel(lingerTimer)
        lingerTimer = loop.arm(after: Bounds.linger, self, kind: TimerKind.linger)
    }

    /// - Parameter error: why nothing follows, for the handler; nil if that is in order.
    func finishWriting(_ error: NetError? = nil) {
        guard state == .open else { return }
        state = .lingering
        leaveTurn()
        shutdown(fd, Int32(SHUT_WR))
        setReading(true)
        updatePoll()
        armLinger()
        let old = exchange(&handler, with: nil)
        old?.closed(error)
    }

    /// Ends the connection now. What was not sent is lost.
    package func close() { close(error: nil) }

    func fail(_ error: NetError) { close(error: error) }

    /// The last flush failed. Called at the end of the turn.
    func sendFailed(_ error: Int32) { fail(NetError("send", errno: error)) }

    func close(error: NetError?) {
        guard state != .closed else { return }
        closeDescriptor(release())
        let old = exchange(&handler, with: nil)
        old?.closed(error)
    }

    /// Gives up the socket without closing it, so that another loop can take it over.
    /// - Returns: its descriptor, the bytes read but not used, and the state of its TLS: what a `TCPConnection` of
    ///   the other loop begins with.
    package func detach() -> (fd: Int32, unread: [UInt8], tls: TLSSession?) {
        precondition(state == .open && dirtyIndex < 0 && !isBlocked, "only an idle connection moves")
        let (bytes, session) = (unread, tls)
        handler = nil
        return (release(), bytes, session)
    }

    private func release() -> Int32 {
        state = .closed
        leaveTurn()
        loop.cancel(lingerTimer)
        backlog = []
        unread = []
        tls = nil
        lease = nil
        return takeDescriptor()
    }

    /// Takes back what was to be sent at the end of this turn.
    private func leaveTurn() {
        guard dirtyIndex >= 0 else { return }
        unsafe loop.dirty[Int(dirtyIndex)] = nil
        dirtyIndex = -1
        places = []
    }
}
