internal import Database
internal import EngineNet
internal import EngineWire

/// The connections of one kind, and what waits for them. Confined to its loop.
final class LinkPool {
    let links: [PostgresLink]
    private let loop: EventLoop
    private let queueTimeout: Duration
    /// Called for each unit, once.
    private let finish: (WorkUnit, WorkUnit.Outcome) -> Void
    /// A connection became live, or was lost, or could not be made.
    private let linkChanged: () -> Void
    private var waiting = FIFO<WorkUnit>()
    private var waitingCount = 0
    /// Units that a link gave back, in their order. They go first.
    private var returned: ArraySlice<WorkUnit> = []
    private var timer: TimerID?

    init(
        _ count: Int, _ settings: ConnectionSettings, _ options: PostgresOptions, on loop: EventLoop,
        finish: @escaping (WorkUnit, WorkUnit.Outcome) -> Void, linkChanged: @escaping () -> Void
    ) {
        self.loop = loop
        self.finish = finish
        self.linkChanged = linkChanged
        queueTimeout = options.timing.queueTimeout
        links = (0..<max(1, count)).map { _ in PostgresLink(settings, options, on: loop) }
        for link in links { link.user = self }
    }

    var isLive: Bool { links.contains { $0.machine.isLive } }

    /// Why a connection is missing.
    var reason: String? { links.lazy.compactMap(\.machine.lastError).first }

    var connects: Int { links.reduce(0) { $0 + $1.machine.connects } }

    func start() { for link in links { link.handle(.started) } }

    /// Ends the connections; what is left fails.
    func stop() {
        for link in links { link.handle(.stopped) }
        loop.cancel(timer)
        while let unit = next() { finish(unit, .failure(.closed)) }
    }

    /// Hands a unit out at once if nothing waits before it.
    func add(_ unit: WorkUnit) {
        if !hasWaiting, let link = freest { return link.take(unit) }
        waiting.append(unit)
        waitingCount += 1
        armTimer()
    }

    /// Hands out what waits, to the least busy link first.
    func pump() {
        while hasWaiting, let link = freest, let unit = next() { link.take(unit) }
        armTimer()
    }

    private func armTimer() {
        guard timer == nil, hasWaiting, let oldest else { return }
        timer = loop.arm(after: max(.zero, oldest + queueTimeout - .now), self, kind: 0)
    }

    private var freest: PostgresLink? {
        var best: PostgresLink?
        for link in links where link.canTake && link.load < best?.load ?? .max { best = link }
        return best
    }

    private var hasWaiting: Bool { waitingCount > 0 || !returned.isEmpty }

    /// When the one that waits longest came.
    private var oldest: ContinuousClock.Instant? { returned.first?.queuedAt ?? waiting.first?.queuedAt }

    private func next() -> WorkUnit? {
        if let unit = returned.popFirst() { return unit }
        guard let unit = waiting.popFirst() else { return nil }
        waitingCount -= 1
        return unit
    }
}

extension LinkPool: PostgresLinkUser {
    func finished(_ unit: WorkUnit, _ outcome: WorkUnit.Outcome) { finish(unit, outcome) }

    func returned(_ unit: WorkUnit) { returned.append(unit) }

    func hasRoom() { pump() }

    func changed() {
        linkChanged()
        pump()
    }
}

extension LinkPool: TimerTarget {
    /// The oldest of those that wait have waited long enough.
    func timerFired(_ kind: UInt8) {
        timer = nil
        let now = ContinuousClock.now
        let reason =
            isLive ? "no connection had room within \(queueTimeout)" : self.reason ?? "no connection yet"
        while let oldest, oldest + queueTimeout <= now, let unit = next() {
            finish(unit, .failure(.unavailable(reason: reason)))
        }
        pump()
    }
}
