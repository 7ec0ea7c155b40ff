internal import Database
internal import EngineNet

/// Who gives a link its work. Called on the loop.
protocol PostgresLinkUser: AnyObject {
    /// A unit is done or has failed.
    func finished(_ unit: WorkUnit, _ outcome: WorkUnit.Outcome)
    /// A unit that was taken and not sent; another link may take it.
    func returned(_ unit: WorkUnit)
    /// It may take more than before.
    func hasRoom()
    /// It became live, or was lost, or could not be made.
    func changed()
}

/// One connection that is made again whenever it is lost: drives a `LinkMachine`, and has a `PostgresSession` while it
/// is live. Confined to its loop.
final class PostgresLink {
    let loop: EventLoop
    weak var user: (any PostgresLinkUser)?
    private(set) var machine: LinkMachine
    private let settings: ConnectionSettings
    private let options: PostgresOptions
    private var dialing: Dialing?
    /// From the login on; it gets work when it has greeted and the machine is live.
    private var session: PostgresSession?
    /// Of the last session that was lost, until the next one has ended it.
    private var abandoned: ServerProcess?
    private var timer: (id: TimerID, due: ContinuousClock.Instant)?

    init(_ settings: ConnectionSettings, _ options: PostgresOptions, on loop: EventLoop) {
        self.loop = loop
        self.settings = settings
        self.options = options
        machine = LinkMachine(options.timing)
    }

    /// How many units are under way, for the choice of the least busy.
    var load: Int { session?.load ?? 0 }

    var canTake: Bool { machine.isLive && session?.canTake == true }

    /// Gets a unit done. Only when `canTake`.
    func take(_ unit: WorkUnit) {
        guard let session else { preconditionFailure("it is live") }
        session.take(unit)
    }

    /// Feeds the machine and does what it says.
    func handle(_ event: LinkMachine.Event) {
        let wasLive = machine.isLive
        let hadError = machine.lastError
        let actions = machine.handle(event, at: .now, jitter: Double.random(in: 0.5...1))
        for action in actions { perform(action) }
        armTimer()
        if machine.isLive != wasLive || machine.lastError != hadError { user?.changed() }
    }

    private func perform(_ action: LinkMachine.Action) {
        switch action {
        case .connect: connect()
        case .becomeLive: break
        case .disconnect:
            dialing?.cancel()
            dialing = nil
            session?.close()
        case .goDown(let reason):
            let old = session
            session = nil
            abandoned = old?.process ?? abandoned
            old?.giveUp(reason)
        }
    }

    private func connect() {
        // One that failed before it had greeted.
        session = nil
        let dialing = Dialing(
            settings, beginningAt: machine.connectTimeouts, patience: options.timing.connectTimeout / 3,
            on: loop, onNotice: options.onNotice
        ) { [weak self] outcome in
            guard let self else { return }
            self.dialing = nil
            switch outcome {
            case .connected(let connection): connected(connection)
            case .failed(let reason): handle(.connectFailed(reason))
            }
        }
        self.dialing = dialing
        dialing.begin()
    }

    private func connected(_ connection: LibpqConnection) {
        do throws(NetError) {
            let session = try PostgresSession(connection, self, options.limits)
            self.session = session
            session.greet(ending: abandoned)
        } catch {
            handle(.connectFailed(error.description))
        }
    }

    /// The session can take units.
    func greeted() {
        abandoned = nil
        handle(.connected)
    }

    func sessionFailed(_ reason: String) {
        handle(machine.isLive ? .lost(reason) : .connectFailed(reason))
    }

    /// One timer at most. When the deadline moves away, the old one fires for nothing and is armed anew; so a stream
    /// of answers arms none.
    private func armTimer() {
        guard let deadline = machine.deadline else {
            // One that is not needed now will be soon, or never.
            if machine.state == .stopped { loop.cancel(timer?.id) }
            return
        }
        if let timer, timer.due <= deadline { return }
        loop.cancel(timer?.id)
        timer = (loop.arm(after: max(.zero, deadline - .now), self, kind: 0), deadline)
    }
}

extension PostgresLink: TimerTarget {
    func timerFired(_ kind: UInt8) {
        timer = nil
        handle(.timerFired)
    }
}
