internal import EngineWire

/// What other threads have for a loop, and which thread sees to it. Pure: the loop does what it is told, under a lock.
///
/// Work is for a loop that runs; one that has stopped refuses it. Jobs are pieces of tasks, which hang if one is lost:
/// they are taken for ever, and once the loop's thread has ended, a new thread is asked for to run them.
struct LoopMailbox {
    enum Mail {
        case work(@Sendable () -> Void)
        case job(UnownedJob)
    }

    /// What whoever posts has to do.
    enum Delivery {
        /// Somebody will look.
        case none
        case wakeThread
        case startThread
        /// The loop has stopped; the work is dropped.
        case refused
    }

    private enum State {
        /// The thread waits for sockets, and for what wakes it.
        case running
        /// The thread looks once more before it ends.
        case ending
        case withoutThread
    }

    private var mail: [Mail] = []
    private var state = State.running

    mutating func post(_ item: Mail) -> Delivery {
        switch (state, item) {
        case (.running, _):
            mail.append(item)
            // The first one wakes the thread for all.
            return mail.count == 1 ? .wakeThread : .none
        case (_, .work): return .refused
        case (.ending, .job):
            mail.append(item)
            return .none
        case (.withoutThread, .job):
            mail.append(item)
            state = .ending
            return .startThread
        }
    }

    mutating func takeAll() -> [Mail] { exchange(&mail, with: []) }

    /// Takes no more work.
    mutating func stop() { state = .ending }

    /// The thread has nothing left to do.
    /// - Returns: false if it has to look once more.
    mutating func threadEnds() -> Bool {
        guard mail.isEmpty else { return false }
        state = .withoutThread
        return true
    }

    /// The system had no thread. What has come waits for that of the next job.
    mutating func threadFailed() { state = .withoutThread }
}
