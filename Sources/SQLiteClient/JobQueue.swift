internal import Database
internal import EngineWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Takes jobs from any thread, up to a limit, and gives them to threads that wait for them.
@safe
final class JobQueue: @unchecked Sendable {
    // Proof of sendability and safety: everything below `lock` is touched only between `pthread_mutex_lock` and
    // `unlock`; lock and bell are made in `init` and freed in `deinit`, when no thread has the queue any more.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let bell: UnsafeMutablePointer<pthread_cond_t>
    private var waiting = FIFO<SQLiteJob>()
    private var underWay = 0
    private var isClosed = false
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        unsafe lock = .allocate(capacity: 1)
        unsafe bell = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(bell, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(bell)
        unsafe pthread_mutex_destroy(lock)
        unsafe bell.deallocate()
        unsafe lock.deallocate()
    }

    /// Adds a job, or says at once why not.
    func add(_ job: SQLiteJob) {
        let refusal: SQLError? = locked {
            guard !isClosed else { return .closed }
            guard waiting.count < limit else { return .overloaded(limit: limit) }
            waiting.append(job)
            unsafe pthread_cond_signal(bell)
            return nil
        }
        if let refusal { job.caller.resume(returning: .failure(refusal)) }
    }

    /// Waits for jobs.
    /// - Parameters:
    ///   - most: how many to take at once.
    ///   - finished: how many of those taken before are done.
    /// - Returns: the next jobs; none when there will be no more.
    func take(_ most: Int, finished: Int) -> [SQLiteJob] {
        locked {
            underWay -= finished
            while waiting.isEmpty, !isClosed { unsafe pthread_cond_wait(bell, lock) }
            var jobs: [SQLiteJob] = []
            while jobs.count < most, let job = waiting.popFirst() { jobs.append(job) }
            underWay += jobs.count
            return jobs
        }
    }

    /// Takes no more jobs; those that wait are still done.
    func close() {
        locked {
            isClosed = true
            unsafe pthread_cond_broadcast(bell)
        }
    }

    /// Jobs that wait or are being done.
    var count: Int { locked { waiting.count + underWay } }

    private func locked<Value>(_ body: () -> Value) -> Value {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return body()
    }
}
