/// A piece of a task or actor that is ready to run, and the kind of executor that it waits for.
struct LoopJob {
    enum Kind {
        case actor
        case task
    }

    let job: UnownedJob
    let kind: Kind

    func run(on loop: EventLoop) {
        unsafe job.runSynchronously(
            isolatedTo: loop.asUnownedSerialExecutor(),
            taskExecutor: loop.taskExecutor.asUnownedTaskExecutor())
    }
}

/// The loop as the executor of actors.
extension EventLoop: SerialExecutor {
    /// Takes a job of an actor on this loop.
    public func enqueue(_ job: consuming ExecutorJob) { enqueue(LoopJob(job: UnownedJob(job), kind: .actor)) }

    /// Traps unless the caller is on the loop.
    public func checkIsolated() { precondition(isCurrent, "not on this event loop") }

    /// Whether the caller is on the loop.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }
}

/// The loop as the preferred executor of tasks. A separate object, because the runtime must tell apart for
/// which of the two a job was enqueued.
public final class LoopTaskExecutor: TaskExecutor, @unchecked Sendable {
    // Proof of sendability: `loop` is set once, before the loop is handed to anyone. A loop outlives its tasks:
    // its group keeps it until its thread has ended.
    // `!`: set by the loop's `init`, which needs this object first.
    unowned(unsafe) var loop: EventLoop!

    init() {}

    /// Takes a piece of a task that prefers this loop.
    public func enqueue(_ job: consuming ExecutorJob) {
        unsafe loop.enqueue(LoopJob(job: UnownedJob(job), kind: .task))
    }
}
