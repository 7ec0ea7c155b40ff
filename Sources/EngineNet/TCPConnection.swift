internal import EngineWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What drives a connection: the protocol above it. Called on the connection's loop.
package protocol ConnectionHandler: AnyObject {
    /// Bytes came. Returns how many from the front were used up; the rest comes again with more behind it.
    func received(_ bytes: inout MutableSpan<UInt8>) -> Int
    /// Everything that was written has left after the peer had been slow.
    func drained()
    /// The connection is over; nothing follows. Nil when the peer or this side ended it in order.
    func closed(_ error: NetError?)
}

/// One TCP connection, confined to its loop: bytes in to a handler, bytes out at the end of the turn.
///
/// Outgoing bytes stand in the loop's log; the connection keeps their places and sends them in one system call.
/// What the peer does not take is copied to `backlog`, and until that has left, `isBlocked` tells the protocol
/// above to queue by its own rules instead of writing.
package final class TCPConnection: PolledSocket {
    package struct Place {
        var start: Int
        var end: Int
    }

    /// Bounds of one connection. Sizes in bytes.
    private enum Bounds {
        /// Places in one system call; the kernel takes 1,024.
        static let gathered = 256
        /// What a handler may leave unread before reading pauses.
        static let unread = 65_536 * 2
        /// How long a closing connection waits for the peer to read the last bytes and close.
        static let linger = Duration.seconds(2)
    }

    private enum TimerKind { static let linger: UInt8 = 0 }

    private enum State {
        case open
        /// Nothing more is written; waits for the peer's end, discarding what it sends.
        case lingering
        case closed
    }

    @safe @exclusivity(unchecked) package private(set) var handler: (any ConnectionHandler)?
    @safe @exclusivity(unchecked) private var state = State.open
    private var isReading = true
    @safe @exclusivity(unchecked) private var isProcessing = false
    @safe @exclusivity(unchecked) private var closesWhenDrained = false
    private var lingerTimer: TimerID?

    /// The last place written to; earlier ones of this turn are in `places`.
    @safe @exclusivity(unchecked) private var place = Place(start: 0, end: 0)
    @safe @exclusivity(unchecked) private var places: [Place] = []
    @safe @exclusivity(unchecked) private var dirtyIndex: Int32 = -1
    /// Whether the peer has not taken everything of an earlier turn.
    @safe @exclusivity(unchecked) package private(set) var isBlocked = false

    private var backlog: [UInt8] = []
    private var backlogStart = 0
    @safe @exclusivity(unchecked) private var unread: [UInt8] = []

    /// Takes over a connected socket. Call on the loop; `start` begins reading.
    package override init(loop: EventLoop, fd: Int32) { super.init(loop: loop, fd: fd) }

    package var isOpen: Bool { state == .open && !closesWhenDrained }

    /// Whether bytes wait that the handler has not used.
    package var hasUnread: Bool { !unread.isEmpty }

    /// Bytes that the peer has not taken yet, those of this turn aside.
    package var backlogCount: Int { backlog.count - backlogStart }

    /// Begins to read. `unread` are bytes that came before, from where the connection was.
    package func start(_ handler: any ConnectionHandler, unread: [UInt8] = []) {
        self.handler = handler
        self.unread = unread
        updatePoll()
        if !unread.isEmpty { processUnread() }
    }

    /// Gives the connection to another protocol; it gets what is unread and all that follows.
    package func setHandler(_ handler: any ConnectionHandler) { self.handler = handler }

    // MARK: Writing

    /// Sends `bytes` at the end of this turn.
    package func write(_ bytes: [UInt8]) { write(bytes.span) }

    package func write(_ bytes: Span<UInt8>) {
        loop.makeRoom()
        let start = loop.log.count
        loop.log.append(bytes)
        add(start, loop.log.count)
    }

    /// Sends a place of the loop's log at the end of this turn.
    @inline(__always)
    package func add(_ start: Int, _ end: Int) {
        if dirtyIndex >= 0 {
            if place.end == start {
                place.end = end
            } else {
                places.append(place)
                place = Place(start: start, end: end)
            }
        } else if state == .open, !closesWhenDrained {
            dirtyIndex = Int32(truncatingIfNeeded: unsafe loop.dirty.count)
            unsafe loop.dirty.append(Unmanaged.passUnretained(self))
            place = Place(start: start, end: end)
        }
    }

    /// Sends the places of this turn; false when the connection has failed.
    func flush(from base: UnsafePointer<UInt8>) -> Bool {
        dirtyIndex = -1
        defer { if !places.isEmpty { places.removeAll(keepingCapacity: places.count <= 16) } }
        if isBlocked {
            for old in places { unsafe keep(base, old.start, old.end) }
            unsafe keep(base, place.start, place.end)
            return true
        }
        if places.isEmpty {
            let sent = unsafe send(fd, base + place.start, place.end - place.start, POSIXSocket.noSignal)
            if sent == place.end - place.start { return true }
            return unsafe finishFlush(base, sent: sent)
        }
        places.append(place)
        return unsafe flushGathered(base)
    }

    private func finishFlush(_ base: UnsafePointer<UInt8>, sent: Int) -> Bool {
        guard sent >= 0 || POSIXSocket.wouldBlock(errno) else { return false }
        unsafe keep(base, place.start + max(0, sent), place.end)
        return true
    }

    private func flushGathered(_ base: UnsafePointer<UInt8>) -> Bool {
        var first = 0
        while first < places.count {
            let last = min(first + Bounds.gathered, places.count)
            var vectors: [iovec] = unsafe []
            unsafe vectors.reserveCapacity(last - first)
            var total = 0
            for old in places[first..<last] {
                let start = unsafe UnsafeMutableRawPointer(mutating: unsafe base + old.start)
                unsafe vectors.append(iovec(iov_base: start, iov_len: old.end - old.start))
                total += old.end - old.start
            }
            var message = unsafe msghdr()
            var sent = unsafe vectors.withUnsafeMutableBufferPointer { vectors in
                unsafe message.msg_iov = vectors.baseAddress
                #if canImport(Glibc)
                    unsafe message.msg_iovlen = vectors.count
                #else
                    unsafe message.msg_iovlen = Int32(vectors.count)
                #endif
                return unsafe sendmsg(fd, &message, POSIXSocket.noSignal)
            }
            let sentCount = last - first
            first = last
            if sent == total { continue }
            guard sent >= 0 || POSIXSocket.wouldBlock(errno) else { return false }
            sent = max(0, sent)
            // Keep what was not taken, of these places and of all behind them.
            for (i, old) in places.enumerated() where i >= first - sentCount {
                let length = old.end - old.start
                if sent >= length {
                    sent -= length
                } else {
                    unsafe keep(base, old.start + sent, old.end)
                    sent = 0
                }
            }
            return true
        }
        return true
    }

    private func keep(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) {
        unsafe backlog.append(contentsOf: UnsafeBufferPointer(start: base + start, count: end - start))
        if !isBlocked {
            isBlocked = true
            updatePoll()
        }
    }

    /// The socket takes bytes again.
    private func writeBacklog() {
        if isBlocked {
            let count = backlogCount
            let sent = unsafe backlog.withUnsafeBufferPointer { bytes in
                // `!`: a buffer that is not empty has a base.
                count == 0
                    ? 0 : unsafe send(fd, bytes.baseAddress! + backlogStart, count, POSIXSocket.noSignal)
            }
            if sent < 0 {
                if !POSIXSocket.wouldBlock(errno) { fail(NetError("send", errno: errno)) }
                return
            }
            backlogStart += sent
            if closesWhenDrained { armLinger() }
            if sent < count {
                if backlogStart > 65_536 {
                    backlog.removeFirst(backlogStart)
                    backlogStart = 0
                }
                return
            }
            backlog = []
            backlogStart = 0
            isBlocked = false
        }
        updatePoll()
        if closesWhenDrained { finishWriting() } else { handler?.drained() }
    }

    // MARK: Reading

    /// Stops or resumes reading: back-pressure on a peer that sends faster than it is served.
    package func setReading(_ isReading: Bool) {
        guard self.isReading != isReading else { return }
        self.isReading = isReading
        updatePoll()
    }

    /// Offers the unread bytes again, after the handler has made room.
    package func processUnread() {
        guard !isProcessing, !unread.isEmpty, state == .open else { return }
        var bytes = exchange(&unread, with: [])
        var span = bytes.mutableSpan
        let used = process(&span)
        if used < bytes.count { unread = used == 0 ? bytes : Array(bytes[used...]) }
        limitUnread()
    }

    private func limitUnread() {
        if unread.count > Bounds.unread, handler is any PausesWhenFull {
            setReading(false)
        } else {
            setReading(true)
        }
    }

    private func readable() {
        let buffer = unsafe loop.receiveBuffer
        let count = unsafe recv(fd, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
            guard state == .open else { return }
            if unread.isEmpty {
                var bytes = unsafe MutableSpan(
                    _unsafeElements: UnsafeMutableBufferPointer(rebasing: buffer[0..<count]))
                let used = process(&bytes)
                if used < count, state == .open {
                    unread.append(
                        unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: buffer[used..<count])))
                }
                if !unread.isEmpty { limitUnread() }
            } else {
                unread.append(unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: buffer[0..<count])))
                processUnread()
            }
        } else if count == 0 {
            // An end of what the peer sends is the end: no protocol here answers after it.
            close(error: nil)
        } else if !POSIXSocket.wouldBlock(errno) {
            fail(NetError("receive", errno: errno))
        }
    }

    /// Feeds the handler until it wants no more; it may be replaced meanwhile. Returns the bytes used up.
    private func process(_ bytes: inout MutableSpan<UInt8>) -> Int {
        isProcessing = true
        defer { isProcessing = false }
        var used = 0
        while used < bytes.count, isOpen, let handler {
            var rest = bytes._mutatingExtracting(used..<bytes.count)
            let step = handler.received(&rest)
            used += step
            if step == 0 { break }
        }
        return isOpen ? used : bytes.count
    }

    // MARK: Closing

    /// Sends what was written, tells the peer that nothing follows, and waits a moment for its end, so that the
    /// last bytes are not lost to a reset.
    package func closeAfterWrites() {
        guard state == .open, !closesWhenDrained else { return }
        if state == .open, dirtyIndex >= 0 { loop.flush() }
        guard state == .open else { return }
        closesWhenDrained = true
        unread = []
        if !isBlocked {
            finishWriting()
        } else {
            armLinger()
        }
    }

    /// Gives the peer time to take the last bytes; anew whenever it takes some.
    private func armLinger() {
        loop.cancel(lingerTimer)
        lingerTimer = loop.arm(after: Bounds.linger, self, kind: TimerKind.linger)
    }

    private func finishWriting() {
        guard state == .open else { return }
        state = .lingering
        shutdown(fd, Int32(SHUT_WR))
        setReading(true)
        updatePoll()
        armLinger()
        let old = exchange(&handler, with: nil)
        old?.closed(nil)
    }

    /// Ends the connection now. What was not sent is lost.
    package func close() { close(error: nil) }

    private func fail(_ error: NetError) { close(error: error) }

    /// The last flush failed. Called at the end of the turn.
    func sendFailed(_ error: Int32) { fail(NetError("send", errno: error)) }

    private func close(error: NetError?) {
        guard state != .closed else { return }
        closeDescriptor(release())
        let old = exchange(&handler, with: nil)
        old?.closed(error)
    }

    /// Gives up the socket without closing it, so that another loop can take it over.
    /// - Returns: its descriptor and the bytes read but not used.
    package func detach() -> (fd: Int32, unread: [UInt8]) {
        precondition(state == .open && dirtyIndex < 0 && !isBlocked, "only an idle connection moves")
        let bytes = unread
        handler = nil
        return (release(), bytes)
    }

    private func release() -> Int32 {
        state = .closed
        if dirtyIndex >= 0 {
            unsafe loop.dirty[Int(dirtyIndex)] = nil
            dirtyIndex = -1
        }
        loop.cancel(lingerTimer)
        backlog = []
        unread = []
        return takeDescriptor()
    }

    override func loopStops() { close(error: nil) }

    private func updatePoll() {
        guard state != .closed else { return }
        watch(readable: isReading, writable: isBlocked)
    }

    override func polled(status: Int32, readable: Bool, writable: Bool) {
        if status < 0 {
            let error = POSIXSocket.pendingError(fd)
            return fail(NetError("use the connection", errno: error == 0 ? status : error))
        }
        if writable, state != .closed { writeBacklog() }
        if readable, state != .closed { self.readable() }
    }
}

extension TCPConnection: TimerTarget {
    package func timerFired(_ kind: UInt8) {
        lingerTimer = nil
        close(error: nil)
    }
}

/// A handler that may leave bytes unread for long: its connection stops reading when there are too many.
package protocol PausesWhenFull: ConnectionHandler {}
