/// The loop as the executor of actors, and as the one that tasks prefer. Whatever becomes ready for it runs there, one
/// piece at a time, in the order of its coming.
///
/// A task that was started with a preference for the loop keeps it, and runs to its end even if the loop stops
/// meanwhile: what awaits it must not hang, nor what it holds be lost.
extension EventLoop: SerialExecutor, TaskExecutor {
    /// Takes a piece of a task or actor that is ready to run.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard !isCurrent else { return ready.append(job) }
        // The runtime only lends the loop, and the job may be all that keeps it: another thread may be done with both
        // before this call ends.
        let this = unsafe Unmanaged.passRetained(self)
        post(.job(job))
        unsafe this.release()
    }

    /// Traps unless the caller is on the loop.
    public func checkIsolated() { precondition(isCurrent, "not on this event loop") }

    /// Whether the caller is on the loop.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    func runJobs() {
        guard !ready.isEmpty else { return }
        swap(&ready, &running)
        for job in running {
            unsafe job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        running.removeAll(keepingCapacity: true)
    }
}
