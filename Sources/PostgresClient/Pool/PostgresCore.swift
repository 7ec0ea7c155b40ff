internal import Database
internal import EngineNet
internal import Synchronization

/// The part of a `PostgresDatabase` that lives on the loop.
final class PostgresCore {
    private let inbox: WorkInbox
    private let shared: SharedStatus
    private let onState: @Sendable (PostgresState) -> Void
    private var pools: [Lane: LinkPool] = [:]
    private var state = PostgresState.connecting
    private var whenClosed: [() -> Void] = []
    private var isClosing = false
    private let loop: EventLoop
    private var isTakingDue = false

    init(
        _ settings: [Lane: ConnectionSettings], _ options: PostgresOptions, on loop: EventLoop,
        _ inbox: WorkInbox, _ shared: SharedStatus, _ onState: @escaping @Sendable (PostgresState) -> Void
    ) {
        self.inbox = inbox
        self.shared = shared
        self.onState = onState
        self.loop = loop
        for (lane, settings) in settings {
            pools[lane] = LinkPool(
                lane == .writing ? 1 : options.limits.readers, settings, options, on: loop,
                finish: { [weak self] in self?.finish($0, $1) },
                linkChanged: { [weak self] in self?.update() })
        }
    }

    func start() {
        // The loop may be ending already, and then nobody would stop it.
        guard state != .closed else { return }
        for pool in pools.values { pool.start() }
    }

    /// Starts what other threads have left.
    func takeArrived() {
        for (lane, unit) in inbox.takeArrived() {
            guard state != .closed, let pool = pools[lane] else {
                finish(unit, .failure(.closed))
                continue
            }
            pool.add(unit)
        }
    }

    /// The same at the end of this turn, for those who are on the loop: it costs no wake-up, and nobody is called back
    /// from inside a call.
    func takeArrivedLater() {
        guard !isTakingDue else { return }
        isTakingDue = true
        loop.atTurnEnd(self)
    }

    private func finish(_ unit: WorkUnit, _ outcome: WorkUnit.Outcome) {
        // First, so that whoever waited finds room for the next.
        let left = inbox.release()
        unit.completion(outcome)
        if isClosing, left == 0 { stop() }
    }

    // MARK: The end

    /// Ends when everything is done. The inbox is closed already.
    func close(_ done: @escaping () -> Void) {
        guard state != .closed else { return done() }
        whenClosed.append(done)
        isClosing = true
        if inbox.pending == 0 { stop() }
    }

    /// Ends now; what is left fails.
    func stop() {
        guard state != .closed else { return }
        set(.closed)
        takeArrived()
        for pool in pools.values { pool.stop() }
        publish()
        for done in whenClosed { done() }
        whenClosed = []
    }

    // MARK: The state

    private func update() {
        guard state != .closed else { return }
        if let missing {
            // Before the first failure it is only not there yet; after it, another reason is no other state.
            if let reason = missing.reason, state == .connecting || state == .live {
                set(.down(reason: reason))
            }
        } else if state != .live {
            set(.live)
        }
        publish()
    }

    /// The kind of connections of which there is none.
    private var missing: LinkPool? { Lane.allCases.lazy.compactMap { self.pools[$0] }.first { !$0.isLive } }

    private func set(_ new: PostgresState) {
        state = new
        onState(new)
    }

    private func publish() {
        let reason: String? =
            switch state {
            case .closed: "closed"
            case .live: nil
            case .connecting, .down: missing?.reason ?? "no connection yet"
            }
        let connects = pools.values.reduce(0) { $0 + $1.connects }
        shared.update(
            DatabaseStatus(isConnected: state == .live, reason: reason, connects: connects))
    }
}

extension PostgresCore: TurnEndWork {
    func turnEnds() {
        isTakingDue = false
        takeArrived()
    }
}

/// What the loop tells about a database and everybody reads.
final class SharedStatus: Sendable {
    private let content = Mutex(DatabaseStatus(isConnected: false, reason: "no connection yet"))

    var status: DatabaseStatus { content.withLock { $0 } }

    func update(_ status: DatabaseStatus) { content.withLock { $0 = status } }
}
