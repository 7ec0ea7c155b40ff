internal import CUV
internal import Synchronization

/// The loop's thread: its start, its end, and those that run what comes after it.
extension EventLoop {
    /// Whether the caller runs on this loop's thread, or on one that runs a task which the loop has left behind.
    @inline(__always)
    public var isCurrent: Bool { thread.load(ordering: .relaxed) == POSIXThread.current }

    func preconditionIsCurrent() { precondition(isCurrent, "called on the loop that owns it") }

    /// Starts the thread, which keeps the loop until it ends.
    func start() {
        joinable = POSIXThread.start { [self] in run() }
        precondition(joinable != nil, "the system gives another thread")
    }

    private func run() {
        thread.store(POSIXThread.current, ordering: .relaxed)
        unsafe uv_run(uv, UV_RUN_DEFAULT)
        // Timers that are still armed will not fire; what they hold is let go.
        timers = TimerWheel(now: 0)
        unsafe uv_loop_close(uv)
        readMailbox()
        runRounds()
        guard !endsThread() else { return }
        // Whoever waits for this thread's end must not wait for a task that never ends.
        thread.store(0, ordering: .relaxed)
        startLateThread()
    }

    /// Ends the loop and all its sockets. The thread ends when nothing is left to do.
    func stop() {
        execute { [self] in
            // Nil from here on: what comes now is told at once.
            for action in exchange(&onStop, with: nil) ?? [] { action() }
            // Whoever was told that the loop takes his work must have it done.
            mailbox.withLock { $0.stop() }
            readMailbox()
            endTurn()
            hasStopped = true
            PolledSocket.stopAll(on: self)
            unsafe close(UnsafeMutableRawPointer(wakeHandle))
            unsafe close(UnsafeMutableRawPointer(timerHandle))
            unsafe close(UnsafeMutableRawPointer(prepareHandle))
            unsafe close(UnsafeMutableRawPointer(checkHandle))
        }
    }

    private func close(_ handle: UnsafeMutableRawPointer) {
        unsafe uv_close(handle.assumingMemoryBound(to: uv_handle_t.self), nil)
    }

    /// Waits for the thread's end.
    func join() { joinable?.join() }

    /// Registers what has to end before the loop's sockets do. On the loop; when it stops already, done at once.
    package func whenStopping(_ action: @escaping () -> Void) {
        if onStop == nil { action() } else { onStop?.append(action) }
    }

    // MARK: After the end

    /// Starts a thread for jobs that have come since the last one ended. It keeps the loop.
    func startLateThread() {
        let late = POSIXThread.start { [self] in
            thread.store(POSIXThread.current, ordering: .relaxed)
            repeat {
                readMailbox()
                runRounds()
            } while !endsThread()
        }
        if let late { late.detach() } else { mailbox.withLock { $0.threadFailed() } }
    }

    /// Makes the caller a thread like any other, unless there is something left for the loop's.
    private func endsThread() -> Bool {
        guard !hasWork else { return false }
        return mailbox.withLock { mailbox in
            guard mailbox.threadEnds() else { return false }
            thread.store(0, ordering: .relaxed)
            return true
        }
    }
}
