/// What becomes of one connection: when it is made, when it counts as lost, and when it is tried again.
///
/// A value without socket, clock or chance. Events that do not belong into a state change nothing.
package struct LinkMachine: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum State: Sendable, Hashable {
        /// Before the start and after the end.
        case stopped
        case connecting(since: Instant)
        case live(Live)
        case backoff(until: Instant)
    }

    package struct Live: Sendable, Hashable {
        package var since: Instant
        /// Since when the server has been silent although it owes an answer.
        package var silentSince: Instant?
    }

    package enum Event: Sendable, Hashable {
        case started, stopped
        case connected
        case connectFailed(String)
        /// The connection ended.
        case lost(String)
        /// A unit was sent.
        case sent
        /// Something came.
        /// - Parameter isOwed: whether more answers are to come.
        case heard(isOwed: Bool)
        case timerFired
    }

    package enum Action: Sendable, Hashable {
        case connect
        case disconnect
        case becomeLive
        /// It was live. What was sent will not be answered.
        case goDown(reason: String)
    }

    package private(set) var state = State.stopped
    /// How often it became live.
    package private(set) var connects = 0
    /// How often no connection came in time.
    package private(set) var connectTimeouts = 0
    /// What went wrong last, also when that is long over.
    package private(set) var lastError: String?
    private var failuresInARow = 0
    private let timing: PostgresTiming

    package init(_ timing: PostgresTiming) { self.timing = timing }

    /// What happens at `event`.
    /// - Parameter jitter: what the wait before the next attempt is multiplied with, 0.5 to 1.
    package mutating func handle(_ event: Event, at now: Instant, jitter: @autoclosure () -> Double = 1)
        -> [Action]
    {
        switch (event, state) {
        case (.started, .stopped):
            failuresInARow = 0
            state = .connecting(since: now)
            return [.connect]
        case (.stopped, .connecting), (.stopped, .backoff):
            state = .stopped
            return [.disconnect]
        case (.stopped, .live):
            state = .stopped
            return [.disconnect, .goDown(reason: "closed")]
        case (.connected, .connecting):
            connects += 1
            state = .live(Live(since: now))
            return [.becomeLive]
        case (.connectFailed(let reason), .connecting), (.lost(let reason), .live):
            return fail(reason, now, jitter())
        case (.sent, .live(var live)) where live.silentSince == nil:
            live.silentSince = now
            state = .live(live)
            return []
        case (.heard(let isOwed), .live(var live)):
            live.silentSince = isOwed ? now : nil
            state = .live(live)
            return []
        case (.timerFired, _): return timerFired(now, jitter())
        case (.started, _), (.stopped, _), (.connected, _), (.connectFailed, _), (.lost, _), (.sent, _),
            (.heard, _):
            return []
        }
    }

    /// When `timerFired` has something to do; nil while only the connection can bring news.
    package var deadline: Instant? {
        switch state {
        case .stopped: nil
        case .connecting(let since): since + timing.connectTimeout
        case .live(let live): live.silentSince.map { $0 + timing.answerTimeout }
        case .backoff(let until): until
        }
    }

    package var isLive: Bool { if case .live = state { true } else { false } }

    private mutating func timerFired(_ now: Instant, _ jitter: @autoclosure () -> Double) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        switch state {
        case .stopped: return []
        case .connecting:
            connectTimeouts += 1
            return fail("no connection within \(timing.connectTimeout)", now, jitter())
        case .live: return fail("no answer within \(timing.answerTimeout)", now, jitter())
        case .backoff:
            state = .connecting(since: now)
            return [.connect]
        }
    }

    private mutating func fail(_ reason: String, _ now: Instant, _ jitter: Double) -> [Action] {
        var actions = [Action.disconnect]
        if case .live(let live) = state {
            if now - live.since >= timing.slowestRetry { failuresInARow = 0 }
            actions.append(.goDown(reason: reason))
        }
        lastError = reason
        let doubled = timing.firstRetry * (1 << min(failuresInARow, 20))
        failuresInARow += 1
        state = .backoff(until: now + min(doubled, timing.slowestRetry) * jitter)
        return actions
    }
}
