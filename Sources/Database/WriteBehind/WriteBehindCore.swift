internal import Synchronization

/// What the callers of a `WriteBehind` and its writer share.
final class WriteBehindCore: Sendable {
    /// What the writer waits for, apart from the time.
    enum Awaited {
        case row
        case fullBatch
        case giveUp
    }

    private struct State: ~Copyable {
        var queue: WriteBehindQueue
        var counts = WriteBehindCounts()
        /// Rows of the batch under way that are not stored yet, and the number of its oldest.
        var (underWay, batchStart) = (0, 0)
        /// Whether the window is not waited for: someone waits for the rows.
        var isHurried = false
        var isEnding = false
        var isGivingUp = false
        var hasEnded = false
        /// Rows that were given up at the end.
        var lost = 0
        /// What the writer sleeps for; nil when it does not.
        var awaited: Awaited?
        private var sleeper: CheckedContinuation<Void, Never>?
        var sleeps = 0
        /// Those who wait for all rows below a number.
        var waiting: [(number: Int, waiter: OneShot)] = []

        /// The number below which all rows are stored. A batch counts as a whole: it is in the order of keys.
        var unstored: Int { underWay > 0 ? batchStart : queue.oldest }

        init(_ queue: consuming WriteBehindQueue) { self.queue = queue }

        /// Gives up what is not stored.
        mutating func giveUp() {
            let rest = underWay + queue.take(.max).count
            counts.dropped += rest
            lost += rest
            underWay = 0
            isEnding = true
            isGivingUp = true
        }

        func isThere(_ awaited: Awaited, _ fullBatch: Int) -> Bool {
            if isGivingUp { return true }
            switch awaited {
            case .row: return queue.count > 0 || isEnding
            case .fullBatch: return queue.count >= fullBatch || isHurried || isEnding
            case .giveUp: return false
            }
        }

        mutating func add(_ row: some KeyedRow) {
            counts.added += 1
            guard !isEnding else {
                counts.dropped += 1
                return
            }
            switch queue.add(row) {
            case .waits: break
            case .replaced: counts.replaced += 1
            case .dropsOldest: counts.dropped += 1
            }
        }

        mutating func takeSleeper(_ fullBatch: Int) -> CheckedContinuation<Void, Never>? {
            guard let awaited, isThere(awaited, fullBatch) else { return nil }
            return takeSleeper()
        }

        mutating func takeSleeper() -> CheckedContinuation<Void, Never>? {
            defer { (awaited, sleeper) = (nil, nil) }
            return sleeper
        }

        mutating func sleep(_ awaited: Awaited, _ continuation: CheckedContinuation<Void, Never>) {
            (self.awaited, sleeper) = (awaited, continuation)
        }
    }

    private let state: Mutex<State>
    private let options: WriteBehindOptions

    init(_ table: KeyedTable, _ options: WriteBehindOptions) {
        self.options = options
        state = Mutex(State(WriteBehindQueue(table, limit: options.limit)))
    }

    // MARK: Callers

    func add(_ row: some KeyedRow) {
        let sleeper = state.withLock { state in
            state.add(row)
            return state.takeSleeper(options.fullBatch)
        }
        sleeper?.resume()
    }

    func add(contentsOf rows: [some KeyedRow]) {
        let sleeper = state.withLock { state in
            for row in rows { state.add(row) }
            return state.takeSleeper(options.fullBatch)
        }
        sleeper?.resume()
    }

    var counts: WriteBehindCounts {
        state.withLock { state in
            var counts = state.counts
            counts.queued = state.queue.count + state.underWay
            return counts
        }
    }

    /// How many wait for rows to be stored.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    func flush() async {
        let waiter = OneShot()
        wake { state in
            guard state.unstored < state.queue.next, !state.hasEnded else { return waiter.fire() }
            state.isHurried = true
            state.waiting.append((state.queue.next, waiter))
        }
        await waiter.fired()
    }

    /// No more rows are taken; what waits is stored, and the writer ends.
    func end() { wake { $0.isEnding = true } }

    func close(within deadline: Duration) async -> Int {
        let waiter = OneShot()
        wake { state in
            state.isEnding = true
            guard !state.hasEnded else { return waiter.fire() }
            state.waiting.append((.max, waiter))
        }
        let timer = Task {
            try await Task.sleep(for: deadline)
            // What is under way now may still be stored; nobody will hear of it.
            wake { if !$0.hasEnded { $0.giveUp() } }
            waiter.fire()
        }
        await waiter.fired()
        timer.cancel()
        return state.withLock { $0.lost }
    }

    /// Changes the state, and wakes the writer if it waits for that.
    private func wake(_ change: (inout State) -> Void) {
        let sleeper = state.withLock { state in
            change(&state)
            return state.takeSleeper(options.fullBatch)
        }
        sleeper?.resume()
    }

    // MARK: The writer

    /// Waits for something, or for a time.
    func wait(for awaited: Awaited, atMost time: Duration? = nil) async {
        let number = state.withLock { state in
            state.sleeps += 1
            return state.sleeps
        }
        let timer = time.map { time in
            Task {
                try await Task.sleep(for: time)
                wakeSleeper(number)
            }
        }
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                // The timer may have been quicker than we are.
                guard state.sleeps == number, !state.isThere(awaited, options.fullBatch) else { return true }
                state.sleep(awaited, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
        timer?.cancel()
    }

    private func wakeSleeper(_ number: Int) {
        let sleeper = state.withLock { state in
            guard state.sleeps == number else { return nil as CheckedContinuation<Void, Never>? }
            // Also when it does not sleep yet.
            state.sleeps += 1
            return state.takeSleeper()
        }
        sleeper?.resume()
    }

    var isGivingUp: Bool { state.withLock { $0.isGivingUp } }

    /// The next rows; nil when there will be no more.
    func take() -> UpsertBatch? {
        state.withLock { state in
            guard !state.isGivingUp, state.queue.count > 0 else { return nil }
            state.batchStart = state.queue.oldest
            let batch = state.queue.take(options.largestBatch)
            state.underWay = batch.count
            return batch
        }
    }

    func note(_ change: (inout WriteBehindCounts) -> Void) { state.withLock { change(&$0.counts) } }

    /// Some rows of the batch under way are stored or given up.
    func finish(_ count: Int, _ change: (inout WriteBehindCounts) -> Void) {
        let done = state.withLock { state in
            guard !state.isGivingUp else { return [] as [OneShot] }
            state.underWay -= count
            change(&state.counts)
            return Self.takeDone(&state)
        }
        for waiter in done { waiter.fire() }
    }

    /// The writer has ended.
    func finish() {
        let done = state.withLock { state in
            state.giveUp()
            state.hasEnded = true
            defer { state.waiting = [] }
            return state.waiting.map(\.waiter)
        }
        for waiter in done { waiter.fire() }
    }

    private static func takeDone(_ state: inout State) -> [OneShot] {
        guard !state.waiting.isEmpty else { return [] }
        let unstored = state.unstored
        let done = state.waiting.filter { $0.number <= unstored }.map(\.waiter)
        state.waiting.removeAll { $0.number <= unstored }
        state.isHurried = state.waiting.contains { $0.number < .max }
        return done
    }
}

/// Something that one task waits for, and that happens once.
final class OneShot: Sendable {
    private enum State {
        case before
        case awaited(CheckedContinuation<Void, Never>)
        case fired
    }

    private let state = Mutex(State.before)

    func fire() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state = .fired }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume()
    }

    /// Waits until it has happened. To be called once.
    func fired() async {
        await withCheckedContinuation { continuation in
            let hasFired = state.withLock { state in
                if case .fired = state { return true }
                state = .awaited(continuation)
                return false
            }
            if hasFired { continuation.resume() }
        }
    }
}
