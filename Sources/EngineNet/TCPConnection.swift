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
    /// The peer sends nothing more. Whether the connection stays open to answer what was received: the handler then
    /// closes it.
    func goesOnAfterInput() -> Bool
    /// The connection is over; nothing follows. Nil when the peer or this side ended it in order.
    func closed(_ error: NetError?)
}

extension ConnectionHandler {
    package func goesOnAfterInput() -> Bool { false }
}

/// One TCP connection, confined to its loop: bytes in to a handler, bytes out at the end of the turn.
///
/// Outgoing bytes stand in the loop's log; the connection keeps their places and sends them in one system call.
/// What the peer does not take is copied to `backlog`, as it goes over the wire, and until that has left, `isBlocked`
/// tells the protocol above to queue by its own rules instead of writing.
package final class TCPConnection: PolledSocket {
    package struct Place {
        var start: Int
        var end: Int
    }

    /// Bounds of one connection. Sizes in bytes.
    enum Bounds {
        /// Places in one system call; the kernel takes 1,024.
        static let gathered = 256
        /// What a handler may leave unread before reading pauses.
        static let unread = 65_536 * 2
        /// Answers to a TLS peer's own messages that may wait while it does not read.
        static let owedAnswers = 65_536
        /// How long a closing connection waits for the peer to read the last bytes and close.
        static let linger = Duration.seconds(2)
    }

    enum TimerKind { static let linger: UInt8 = 0 }

    enum State {
        case open
        /// Nothing more is written; waits for the peer's end, discarding what it sends.
        case lingering
        case closed
    }

    @safe @exclusivity(unchecked) package internal(set) var handler: (any ConnectionHandler)?
    @safe @exclusivity(unchecked) var state = State.open
    var isReading = true
    /// Whether the handler wants no bytes for now.
    var isPaused = false
    /// Whether the peer has said that it sends nothing more.
    var hasInputEnded = false
    @safe @exclusivity(unchecked) var isProcessing = false
    @safe @exclusivity(unchecked) var closesWhenDrained = false
    var lingerTimer: TimerID?
    /// The connection's place among those that are counted, until its descriptor is closed.
    var lease: CensusLease?

    /// The last place written to; earlier ones of this turn are in `places`.
    @safe @exclusivity(unchecked) var place = Place(start: 0, end: 0)
    @safe @exclusivity(unchecked) var places: [Place] = []
    @safe @exclusivity(unchecked) var dirtyIndex: Int32 = -1
    /// Whether the peer has not taken everything of an earlier turn.
    @safe @exclusivity(unchecked) package internal(set) var isBlocked = false

    /// Bytes that the peer took late, out of the backlog, since the start.
    package internal(set) var takenCount = 0
    var backlog: [UInt8] = []
    var backlogStart = 0
    @safe @exclusivity(unchecked) var unread: [UInt8] = []

    /// What encrypts; nil for a connection without TLS.
    @safe @exclusivity(unchecked) var tls: TLSSession?

    /// Takes over a connected socket, also when it throws: then it is closed. Call on the loop; `start` begins reading.
    /// - Parameters:
    ///   - tls: speaks TLS, as the server. Handlers get and give plaintext, and the first of it comes when the
    ///     handshake is done; what they write before that has no receiver and is dropped.
    ///   - lease: given back when the descriptor is closed or has another owner.
    package init(
        loop: EventLoop, fd: Int32, tls: TLSSession? = nil, lease: CensusLease? = nil
    ) throws(NetError) {
        self.lease = lease
        try super.init(loop: loop, fd: fd)
        self.tls = tls
        tls?.attach(to: loop)
    }

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

    override func loopStops() { close(error: nil) }

    func updatePoll() {
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
