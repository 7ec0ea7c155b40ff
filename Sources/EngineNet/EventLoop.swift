internal import CUV
internal import EngineWire
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Something that a loop's timer wakes. Called on the loop.
package protocol TimerTarget: AnyObject {
    /// - Parameter kind: what the target said when it armed the timer.
    func timerFired(_ kind: UInt8)
}

/// Something that gathers what a whole turn brought before it writes.
package protocol TurnEndWork: AnyObject {
    func turnEnds()
}

/// One thread that owns connections, timers and everything built on them.
///
/// A turn: wait until sockets are ready, handle them, run what other threads posted and the tasks that became
/// ready, then send what was written, one system call per connection. Everything that belongs to a loop is
/// touched on its thread only; other threads `execute` closures on it.
@safe
public final class EventLoop: @unchecked Sendable {
    // Proof of sendability: `mailbox` and `thread` are synchronised, `joinable` is set before the loop is handed out;
    // all else is touched on `thread` only, which `preconditionIsCurrent` and the executor's `checkIsolated` enforce.
    // When one thread ends and another one takes over, the lock of `mailbox` or the other's start is between them.
    //
    // Proof of safety: what the pointers refer to is allocated for the life of the object. libuv knows it from `init` to
    // the end of `run`, whose thread keeps the object; what could touch it later asks `hasStopped` before.

    /// What a loop holds at most and for how long.
    package enum Bounds {
        /// Bytes read from a socket at a time, into a buffer that all connections of the loop share.
        static let receiveBuffer = 65_536
        /// The log is sent early when a turn has written this much.
        static let outputLog = 524_288
        /// Job rounds in one turn before sockets get their chance again.
        static let jobRounds = 16
        /// Timers that are later than this, in milliseconds, tell of a turn that took too long.
        static let stall: UInt64 = 100
    }

    /// Position of the loop in its group, from 0.
    public let index: Int
    let mailbox = Mutex(LoopMailbox())
    /// The thread that counts as the loop; 0 while there is none.
    let thread = Atomic<UInt>(0)
    /// The thread that `join` waits for.
    var joinable: POSIXThread?
    /// Whether there is nothing to wait for any more: no sockets, no timers.
    var hasStopped = false
    /// What has to end when the loop stops; nil when it does.
    var onStop: [() -> Void]? = []

    let uv: UnsafeMutablePointer<uv_loop_t>
    let wakeHandle: UnsafeMutablePointer<uv_async_t>
    let timerHandle: UnsafeMutablePointer<uv_timer_t>
    let prepareHandle: UnsafeMutablePointer<uv_prepare_t>
    let checkHandle: UnsafeMutablePointer<uv_check_t>

    let receiveBuffer: UnsafeMutableBufferPointer<UInt8>
    @safe @exclusivity(unchecked) package var log = OutputLog(capacity: Bounds.outputLog + 65_536)
    /// Connections with something to send, in the order they got it; nil where one closed meanwhile.
    @exclusivity(unchecked) var dirty: [Unmanaged<TCPConnection>?] = unsafe []
    @exclusivity(unchecked) private var flushing: [Unmanaged<TCPConnection>?] = unsafe []
    /// What the TLS connections of the loop share; made for the first of them.
    lazy var tlsBuffers = TLSBuffers()
    /// Pieces of tasks and actors that may run.
    @safe @exclusivity(unchecked) var ready: [UnownedJob] = []
    @safe @exclusivity(unchecked) var running: [UnownedJob] = []
    @safe @exclusivity(unchecked) private var turnEndWork: [any TurnEndWork] = []
    @safe @exclusivity(unchecked) private var failed: [(connection: TCPConnection, error: Int32)] = []
    @safe @exclusivity(unchecked) var timers: TimerWheel<(target: any TimerTarget, kind: UInt8)>
    @safe @exclusivity(unchecked) var due: [(target: any TimerTarget, kind: UInt8)] = []
    @safe @exclusivity(unchecked) var armedFor: UInt64 = .max
    @safe @exclusivity(unchecked) var gaveGrace = false
    @safe @exclusivity(unchecked) private var load = LoopMeter()

    init(index: Int) {
        self.index = index
        unsafe uv = .allocate(capacity: 1)
        unsafe wakeHandle = .allocate(capacity: 1)
        unsafe timerHandle = .allocate(capacity: 1)
        unsafe prepareHandle = .allocate(capacity: 1)
        unsafe checkHandle = .allocate(capacity: 1)
        unsafe receiveBuffer = .allocate(capacity: Bounds.receiveBuffer)
        let status = unsafe uv_loop_init(uv)
        precondition(status == 0, "libuv makes a loop (out of memory or descriptors otherwise)")
        timers = unsafe TimerWheel(now: uv_now(uv))
        setUpHandles()
    }

    deinit {
        unsafe uv.deallocate()
        unsafe wakeHandle.deallocate()
        unsafe timerHandle.deallocate()
        unsafe prepareHandle.deallocate()
        unsafe checkHandle.deallocate()
        unsafe receiveBuffer.deallocate()
    }

    private func setUpHandles() {
        let this = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe uv_async_init(uv, wakeHandle) { handle in
            // `!`: libuv passes the handle.
            unsafe Unmanaged<EventLoop>.fromOpaque(handle!.pointee.data).takeUnretainedValue().readMailbox()
        }
        unsafe uv_timer_init(uv, timerHandle)
        unsafe uv_prepare_init(uv, prepareHandle)
        unsafe uv_check_init(uv, checkHandle)
        unsafe wakeHandle.pointee.data = this
        unsafe timerHandle.pointee.data = this
        unsafe prepareHandle.pointee.data = this
        unsafe checkHandle.pointee.data = this
        unsafe uv_prepare_start(prepareHandle) { handle in
            // `!`: libuv passes the handle.
            unsafe Unmanaged<EventLoop>.fromOpaque(handle!.pointee.data).takeUnretainedValue().endTurn()
        }
        // After the sockets were read: a pong that waited while the loop was held up counts before its timeout.
        unsafe uv_check_start(checkHandle) { handle in
            // `!`: libuv passes the handle.
            unsafe Unmanaged<EventLoop>.fromOpaque(handle!.pointee.data).takeUnretainedValue().fireTimers()
        }
    }

    // MARK: From other threads

    /// Runs `work` on the loop: later, in the order of the calls of each thread. A loop that has stopped drops it.
    public func execute(_ work: @escaping @Sendable () -> Void) { post(.work(work)) }

    /// The same, for those who must know.
    /// - Returns: false if the loop has stopped and drops the work.
    package func offer(_ work: @escaping @Sendable () -> Void) -> Bool { post(.work(work)) }

    @discardableResult
    func post(_ mail: LoopMailbox.Mail) -> Bool {
        let delivery = mailbox.withLock { mailbox in
            let delivery = mailbox.post(mail)
            // Inside the lock, so that the handle cannot close meanwhile.
            if delivery == .wakeThread { unsafe _ = uv_async_send(wakeHandle) }
            return delivery
        }
        if delivery == .startThread { startLateThread() }
        return delivery != .refused
    }

    func readMailbox() {
        turnBegins()
        for mail in mailbox.withLock({ $0.takeAll() }) {
            switch mail {
            case .work(let work): work()
            case .job(let job): ready.append(job)
            }
        }
    }

    // MARK: The turn

    func endTurn() {
        runRounds()
        // What the last round left does not wait for a socket.
        if hasWork { unsafe _ = uv_async_send(wakeHandle) }
        armTimer()
        load.turnEnded(at: uv_hrtime())
    }

    /// Runs what is ready and sends what was written, and again what came of that, a number of times.
    func runRounds() {
        var rounds = 0
        repeat {
            runJobs()
            runTurnEndWork()
            flush()
            endFailedConnections()
            rounds += 1
        } while rounds < Bounds.jobRounds && hasWork
    }

    /// Whether something is left that no socket has to be waited for.
    var hasWork: Bool { unsafe !ready.isEmpty || !dirty.isEmpty || !turnEndWork.isEmpty }

    /// Something woke the loop.
    @inline(__always)
    func turnBegins() { load.turnBegins(at: uv_hrtime()) }

    /// How busy the loop was, and since the last time this was asked. On the loop.
    package func takeLoad() -> LoopLoad { load.take(index: index) }

    /// Has `work` called once, when this turn's events and jobs are done and before its bytes leave.
    package func atTurnEnd(_ work: any TurnEndWork) { turnEndWork.append(work) }

    private func runTurnEndWork() {
        guard !turnEndWork.isEmpty else { return }
        for work in exchange(&turnEndWork, with: []) { work.turnEnds() }
    }

    /// Sends what was written since the last flush: one system call for each connection.
    package func flush() {
        guard unsafe !dirty.isEmpty else { return log.reset(keeping: Bounds.outputLog) }
        unsafe swap(&dirty, &flushing)
        let base = unsafe log.base
        for i in unsafe flushing.indices {
            guard let connection = unsafe flushing[i] else { continue }
            unsafe connection._withUnsafeGuaranteedRef { connection in
                if unsafe !connection.flush(from: base) { failed.append((connection, errno)) }
            }
        }
        unsafe flushing.removeAll(keepingCapacity: true)
        log.reset(keeping: Bounds.outputLog)
    }

    /// Tells the protocols above which connections failed while they were flushed. Not at once: a flush may happen in
    /// the middle of a write, whose caller does not expect its tables to change.
    private func endFailedConnections() {
        guard !failed.isEmpty else { return }
        for (connection, error) in exchange(&failed, with: []) { connection.sendFailed(error) }
    }

    /// Called before a write: keeps the log small when a single turn writes a lot.
    @inline(__always)
    package func makeRoom() {
        if log.count > Bounds.outputLog { flush() }
    }

    // MARK: Inside EngineNet

    var handle: UnsafeMutablePointer<uv_loop_t> { unsafe uv }
}
