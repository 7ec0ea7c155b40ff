/// The life of a connection to Redis, and of the connections after it: what to do at each event.
///
///     stopped → connecting → authenticating → subscribing → live
///                   ↑              └──────────────┴───────────┴──→ backoff (lost, refused or silent)
///                   └──────────────────────────────────────────────────┘
///
/// Pure: time and jitter are arguments. What is subscribed is kept here and subscribed anew on each connection.
/// The driver calls `timerFired` at `deadline` or before; an early call does no harm.
package struct RedisMachine: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package struct Live: Sendable, Hashable {
        var since: Instant
        var heard: Instant
        var pinged: Instant?
        var unconfirmed = 0
    }

    package enum State: Sendable, Hashable {
        case stopped
        case connecting
        case authenticating(left: ArraySlice<RedisGreeting.Step>, since: Instant)
        case subscribing(unconfirmed: Int, since: Instant)
        case live(Live)
        case backoff(until: Instant)
    }

    package private(set) var state = State.stopped
    package private(set) var counts = RedisCounts()
    package private(set) var latency: Duration?
    package private(set) var lastError: String?
    private let timing: RedisTiming
    private let greeting: [RedisGreeting.Step]
    private var channels: Set<String> = []
    private var patterns: Set<String> = []
    private var startedAt: Instant?
    private var downSince: Instant?
    /// Failures since it was last live for long.
    private var failuresInARow = 0

    /// - Parameter greeting: what the answers to the greeting answer; not empty.
    package init(timing: RedisTiming, greeting: [RedisGreeting.Step]) {
        precondition(timing.pingAfter < timing.deadAfter, "a PING gets time for its answer")
        precondition(!greeting.isEmpty, "a greeting has an answer")
        self.timing = timing
        self.greeting = greeting
    }

    /// What happens at `event`.
    /// - Parameter jitter: what the wait before the next attempt is multiplied with, 0.5 to 1.
    package mutating func handle(_ event: Event, at now: Instant, jitter: @autoclosure () -> Double = 1)
        -> [Action]
    {
        switch event {
        case .started: return start(now)
        case .stopped: return stop()
        case .connected: return greet(now)
        case .connectFailed(let error):
            guard case .connecting = state else { return stray() }
            return fail(error, now, jitter())
        case .greetingAnswered(let error): return greetingAnswered(error, now, jitter())
        case .subscriptionConfirmed: return subscriptionConfirmed(now)
        case .subscriptionRefused(let answer):
            switch state {
            case .subscribing, .live: return refuse(RedisRefusal("a subscription", answer), now, jitter())
            case .stopped, .connecting, .authenticating, .backoff: return stray()
            }
        case .ponged: return ponged(now)
        case .heard:
            heard(at: now)
            return []
        case .lost(let error):
            switch state {
            case .authenticating, .subscribing, .live: return fail(error, now, jitter())
            case .stopped, .connecting, .backoff: return stray()
            }
        case .timerFired: return timerFired(now, jitter())
        case .subscribed(let channels, let patterns): return subscribe(channels, patterns)
        case .unsubscribed(let channels, let patterns): return unsubscribe(channels, patterns)
        }
    }

    /// The event `heard`, which comes with all that Redis says, and asks for nothing.
    package mutating func heard(at now: Instant) {
        guard case .live(var live) = state else { return }
        live.heard = now
        state = .live(live)
    }

    /// When `timerFired` has something to do; nil while only the connection can bring news.
    package var deadline: Instant? {
        switch state {
        case .stopped, .connecting: nil
        case .authenticating(_, let since), .subscribing(_, let since): since + timing.answerTimeout
        case .live(let live): deadline(live)
        case .backoff(let until): until
        }
    }

    /// The state in the words of those who only want to know whether Redis is there.
    package var summary: RedisState {
        switch state {
        case .stopped: return .stopped
        case .live: return .live
        case .connecting, .authenticating, .subscribing, .backoff:
            guard let downSince else { return .connecting }
            return .down(since: downSince, lastError: lastError ?? "")
        }
    }

    package var isAuthenticating: Bool { if case .authenticating = state { true } else { false } }

    /// Subscriptions asked for on this connection and not confirmed.
    package var unconfirmed: Int {
        switch state {
        case .subscribing(let count, _): count
        case .live(let live): live.unconfirmed
        case .stopped, .connecting, .authenticating, .backoff: channels.count + patterns.count
        }
    }

    /// Something came that does not belong into this state. It changes nothing and is counted.
    private mutating func stray() -> [Action] {
        counts.strays += 1
        return []
    }

    // MARK: Up

    private mutating func start(_ now: Instant) -> [Action] {
        guard case .stopped = state else { return [] }
        startedAt = now
        failuresInARow = 0
        state = .connecting
        return [.connect]
    }

    private mutating func greet(_ now: Instant) -> [Action] {
        guard case .connecting = state else { return stray() }
        state = .authenticating(left: greeting[...], since: now)
        return [.greet]
    }

    private mutating func greetingAnswered(_ error: String?, _ now: Instant, _ jitter: Double) -> [Action] {
        guard case .authenticating(var left, let since) = state, let step = left.popFirst() else {
            return stray()
        }
        if let error {
            let refusal = RedisRefusal(step, error)
            // A server that does not let clients have names is good enough.
            guard step == .setName, !refusal.isTransient else { return refuse(refusal, now, jitter) }
        }
        guard left.isEmpty else {
            state = .authenticating(left: left, since: since)
            return []
        }
        latency = now - since
        let count = channels.count + patterns.count
        guard count > 0 else { return becomeLive(now) }
        state = .subscribing(unconfirmed: count, since: now)
        return [.subscribe(channels: channels.sorted(), patterns: patterns.sorted())]
    }

    private mutating func subscriptionConfirmed(_ now: Instant) -> [Action] {
        switch state {
        case .subscribing(let count, let since):
            guard count > 1 else { return becomeLive(now) }
            state = .subscribing(unconfirmed: count - 1, since: since)
            return []
        case .live(var live):
            guard live.unconfirmed > 0 else { return stray() }
            live.unconfirmed -= 1
            state = .live(live)
            return []
        case .stopped, .connecting, .authenticating, .backoff:
            return stray()
        }
    }

    private mutating func becomeLive(_ now: Instant) -> [Action] {
        counts.connects += 1
        downSince = nil
        state = .live(Live(since: now, heard: now))
        return [.becomeLive]
    }

    // MARK: Heartbeat

    private func deadline(_ live: Live) -> Instant {
        guard let pinged = live.pinged else { return live.heard + timing.pingAfter }
        // Also from the PING on: after the whole loop stood still, the answer gets its time all the same.
        return max(live.heard + timing.deadAfter, pinged + (timing.deadAfter - timing.pingAfter))
    }

    private mutating func timerFired(_ now: Instant, _ jitter: @autoclosure () -> Double) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        switch state {
        case .stopped, .connecting: return []
        case .authenticating: return fail(noAnswer("the login", timing.answerTimeout), now, jitter())
        case .subscribing: return fail(noAnswer("the subscription", timing.answerTimeout), now, jitter())
        case .backoff:
            state = .connecting
            return [.connect]
        case .live(var live):
            if live.pinged != nil { return fail(noAnswer("PING", timing.deadAfter), now, jitter()) }
            live.pinged = now
            state = .live(live)
            counts.pings += 1
            return [.ping]
        }
    }

    private func noAnswer(_ what: String, _ time: Duration) -> String {
        "no answer to \(what) within \(time)"
    }

    private mutating func ponged(_ now: Instant) -> [Action] {
        guard case .live(var live) = state, let pinged = live.pinged else { return stray() }
        latency = now - pinged
        live.pinged = nil
        live.heard = now
        state = .live(live)
        return []
    }

    // MARK: Down

    private mutating func stop() -> [Action] {
        if case .stopped = state { return [] }
        state = .stopped
        downSince = nil
        return [.disconnect]
    }

    private mutating func refuse(_ refusal: RedisRefusal, _ now: Instant, _ jitter: Double) -> [Action] {
        counts.refusals += 1
        return fail(refusal.description, now, jitter, wait: refusal.isTransient ? nil : timing.refusedRetry)
    }

    private mutating func fail(_ error: String, _ now: Instant, _ jitter: Double, wait: Duration? = nil)
        -> [Action]
    {
        var actions = [Action.disconnect]
        if case .live(let live) = state {
            if !channels.isEmpty || !patterns.isEmpty { counts.gaps += 1 }
            if now - live.since >= timing.slowestRetry { failuresInARow = 0 }
            downSince = now
            actions.append(.goDown(error))
        }
        downSince = downSince ?? startedAt ?? now
        lastError = error
        counts.failures += 1
        let doubled = timing.firstRetry * (1 << min(failuresInARow, 20))
        failuresInARow += 1
        state = .backoff(until: now + (wait ?? min(doubled, timing.slowestRetry)) * jitter)
        return actions
    }

    // MARK: Subscriptions

    private mutating func subscribe(_ channels: [String], _ patterns: [String]) -> [Action] {
        let newChannels = channels.filter { self.channels.insert($0).inserted }
        let newPatterns = patterns.filter { self.patterns.insert($0).inserted }
        let count = newChannels.count + newPatterns.count
        guard count > 0 else { return [] }
        switch state {
        case .stopped, .connecting, .authenticating, .backoff: return []
        case .subscribing(let unconfirmed, let since):
            state = .subscribing(unconfirmed: unconfirmed + count, since: since)
        case .live(var live):
            live.unconfirmed += count
            state = .live(live)
        }
        return [.subscribe(channels: newChannels, patterns: newPatterns)]
    }

    private mutating func unsubscribe(_ channels: [String], _ patterns: [String]) -> [Action] {
        let oldChannels = channels.filter { self.channels.remove($0) != nil }
        let oldPatterns = patterns.filter { self.patterns.remove($0) != nil }
        guard !oldChannels.isEmpty || !oldPatterns.isEmpty else { return [] }
        switch state {
        case .stopped, .connecting, .authenticating, .backoff: return []
        case .subscribing, .live: return [.unsubscribe(channels: oldChannels, patterns: oldPatterns)]
        }
    }
}
