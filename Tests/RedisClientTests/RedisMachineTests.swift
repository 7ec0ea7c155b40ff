import RedisClient
import Testing

private typealias Event = RedisMachine.Event
private typealias Action = RedisMachine.Action

/// The states by name, each with the story that leads to it. The machine wants channel `a` and pattern `p*`.
private enum Name: CaseIterable {
    case stopped, connecting, authenticating, subscribing, live, backoff

    init(_ state: RedisMachine.State) {
        self =
            switch state {
            case .stopped: .stopped
            case .connecting: .connecting
            case .authenticating: .authenticating
            case .subscribing: .subscribing
            case .live: .live
            case .backoff: .backoff
            }
    }

    var story: [Event] {
        switch self {
        case .stopped: []
        case .connecting: [.started]
        case .authenticating: Self.connecting.story + [.connected]
        case .subscribing:
            Self.authenticating.story + Array(repeating: .greetingAnswered(error: nil), count: 2)
        case .live: Self.subscribing.story + [.subscriptionConfirmed, .subscriptionConfirmed]
        case .backoff: Self.connecting.story + [.connectFailed("refused")]
        }
    }
}

private let start = ContinuousClock.now

private func machine(
    _ timing: RedisTiming = RedisTiming(), greeting: [RedisGreeting.Step] = [.authenticate, .ping],
    channels: [String] = ["a"], patterns: [String] = ["p*"], after story: [Event] = []
) -> RedisMachine {
    var machine = RedisMachine(timing: timing, greeting: greeting)
    _ = machine.handle(.subscribed(channels: channels, patterns: patterns), at: start)
    for event in story { _ = machine.handle(event, at: start) }
    return machine
}

@Suite("The machine of a Redis connection: every event in every state")
struct RedisMachineGridTests {
    private enum Outcome {
        /// Nothing to do, and not wrong.
        case nothing
        /// It does not belong here: counted.
        case stray
        case to(Name, [Action])
    }

    /// For each event what follows in the states `stopped, connecting, authenticating, subscribing, live, backoff`.
    private static let grid: [(event: Event, outcomes: [Outcome])] = {
        let subscribe = Action.subscribe(channels: ["b"], patterns: [])
        let unsubscribe = Action.unsubscribe(channels: ["a"], patterns: [])
        let lost = [Action.disconnect, .goDown("gone")]
        let no = "a subscription was refused: NO"
        return [
            (.started, [.to(.connecting, [.connect]), .nothing, .nothing, .nothing, .nothing, .nothing]),
            (.stopped, [.nothing] + Array(repeating: .to(.stopped, [.disconnect]), count: 5)),
            (.connected, [.stray, .to(.authenticating, [.greet]), .stray, .stray, .stray, .stray]),
            (
                .connectFailed("gone"),
                [.stray, .to(.backoff, [.disconnect]), .stray, .stray, .stray, .stray]
            ),
            (.greetingAnswered(error: nil), [.stray, .stray, .nothing, .stray, .stray, .stray]),
            (
                .greetingAnswered(error: "WRONGPASS"),
                [.stray, .stray, .to(.backoff, [.disconnect]), .stray, .stray, .stray]
            ),
            (.subscriptionConfirmed, [.stray, .stray, .stray, .nothing, .stray, .stray]),
            (
                .subscriptionRefused("NO"),
                [
                    .stray, .stray, .stray, .to(.backoff, [.disconnect]),
                    .to(.backoff, [.disconnect, .goDown(no)]), .stray,
                ]
            ),
            (.ponged, Array(repeating: .stray, count: 6)),
            (.heard, Array(repeating: .nothing, count: 6)),
            (
                .lost("gone"),
                [
                    .stray, .stray, .to(.backoff, [.disconnect]), .to(.backoff, [.disconnect]),
                    .to(.backoff, lost), .stray,
                ]
            ),
            (
                .timerFired,
                [
                    .nothing, .nothing, .to(.backoff, [.disconnect]), .to(.backoff, [.disconnect]),
                    .to(.live, [.ping]), .to(.connecting, [.connect]),
                ]
            ),
            (
                .subscribed(channels: ["a", "b"], patterns: ["p*"]),
                [
                    .nothing, .nothing, .nothing, .to(.subscribing, [subscribe]), .to(.live, [subscribe]),
                    .nothing,
                ]
            ),
            (
                .unsubscribed(channels: ["a", "x"], patterns: []),
                [
                    .nothing, .nothing, .nothing, .to(.subscribing, [unsubscribe]), .to(.live, [unsubscribe]),
                    .nothing,
                ]
            ),
        ]
    }()

    @Test(arguments: grid.indices)
    func `each event does in each state what the table says`(row: Int) {
        let (event, outcomes) = Self.grid[row]
        #expect(outcomes.count == Name.allCases.count)
        for (name, outcome) in zip(Name.allCases, outcomes) {
            var machine = machine(after: name.story)
            #expect(Name(machine.state) == name)
            // The timer fires when it is due; all else happens right away.
            let now = event == .timerFired ? machine.deadline ?? start : start
            let actions = machine.handle(event, at: now)
            switch outcome {
            case .nothing: #expect((Name(machine.state), actions, machine.counts.strays) == (name, [], 0))
            case .stray: #expect((Name(machine.state), actions, machine.counts.strays) == (name, [], 1))
            case .to(let next, let expected):
                #expect((Name(machine.state), actions) == (next, expected), "\(event) while \(name)")
                #expect(machine.counts.strays == 0)
            }
        }
    }

    @Test(arguments: Name.allCases)
    private func `a timer that fires early changes nothing`(name: Name) {
        var machine = machine(after: name.story)
        let state = machine.state
        let early = (machine.deadline ?? start) - .nanoseconds(1)
        #expect(machine.handle(.timerFired, at: early) == [])
        #expect(machine.state == state)
    }

    @Test(arguments: Name.allCases)
    private func `every state but stopped and connecting has a deadline`(name: Name) {
        // Connecting has one too: that of the connector.
        let hasOne = machine(after: name.story).deadline != nil
        #expect(hasOne == (name != .stopped && name != .connecting))
    }
}

@Suite("The machine of a Redis connection: stories")
struct RedisMachineStoryTests {
    @Test func `what is wanted is subscribed after the greeting, and then it is live`() {
        var machine = machine(channels: ["b", "a"], after: [.started, .connected])
        #expect(machine.summary == .connecting)
        #expect(machine.handle(.greetingAnswered(error: nil), at: start) == [])
        #expect(
            machine.handle(.greetingAnswered(error: nil), at: start + .milliseconds(3))
                == [.subscribe(channels: ["a", "b"], patterns: ["p*"])])
        #expect(machine.latency == .milliseconds(3))
        #expect(machine.unconfirmed == 3)
        #expect(machine.handle(.subscriptionConfirmed, at: start) == [])
        #expect(machine.handle(.subscriptionConfirmed, at: start) == [])
        #expect(machine.handle(.subscriptionConfirmed, at: start) == [.becomeLive])
        #expect(machine.summary == .live)
        var counts = RedisCounts()
        counts.connects = 1
        #expect(machine.counts == counts)
    }

    @Test func `with nothing to subscribe it is live right after the greeting`() {
        var machine = machine(greeting: [.ping], channels: [], patterns: [], after: [.started, .connected])
        #expect(machine.handle(.greetingAnswered(error: nil), at: start) == [.becomeLive])
    }

    @Test func `a subscription made while live is confirmed later`() {
        var machine = machine(after: Name.live.story)
        _ = machine.handle(.subscribed(channels: ["x"], patterns: []), at: start)
        #expect(machine.unconfirmed == 1)
        #expect(machine.handle(.subscriptionConfirmed, at: start) == [])
        #expect((machine.unconfirmed, machine.summary) == (0, .live))
    }

    @Test func `after a loss everything wanted by now is subscribed anew`() {
        var machine = machine(after: Name.live.story)
        _ = machine.handle(.subscribed(channels: ["b"], patterns: ["q*"]), at: start)
        _ = machine.handle(.unsubscribed(channels: ["a"], patterns: []), at: start)
        _ = machine.handle(.lost("gone"), at: start)
        #expect(machine.handle(.timerFired, at: start + .seconds(3)) == [.connect])
        _ = machine.handle(.connected, at: start)
        _ = machine.handle(.greetingAnswered(error: nil), at: start)
        #expect(
            machine.handle(.greetingAnswered(error: nil), at: start)
                == [.subscribe(channels: ["b"], patterns: ["p*", "q*"])])
        for _ in 0..<3 { _ = machine.handle(.subscriptionConfirmed, at: start) }
        #expect(machine.summary == .live)
        #expect((machine.counts.reconnects, machine.counts.gaps, machine.counts.failures) == (1, 1, 1))
    }

    @Test func `it is down since it was lost, or since it was first tried`() {
        var lost = machine(after: Name.live.story)
        _ = lost.handle(.lost("gone"), at: start + .seconds(5))
        #expect(lost.summary == .down(since: start + .seconds(5), lastError: "gone"))
        _ = lost.handle(.timerFired, at: start + .seconds(8))
        _ = lost.handle(.connectFailed("refused"), at: start + .seconds(9))
        #expect(lost.summary == .down(since: start + .seconds(5), lastError: "refused"))

        var never = machine(after: [.started])
        _ = never.handle(.connectFailed("refused"), at: start + .seconds(5))
        #expect(never.summary == .down(since: start, lastError: "refused"))
        #expect(never.counts.gaps == 0)
    }

    /// The wait before the next attempt.
    private func wait(_ machine: RedisMachine, from now: ContinuousClock.Instant) -> Duration? {
        machine.deadline.map { $0 - now }
    }

    @Test func `the wait doubles from 50 ms up to 2 s and is multiplied with the jitter`() {
        for jitter in [1.0, 0.5] {
            var machine = machine(after: [.started])
            var now = start
            var waits: [Duration] = []
            for _ in 0..<40 {
                _ = machine.handle(.connectFailed("refused"), at: now, jitter: jitter)
                guard let deadline = machine.deadline else { break }
                waits.append(deadline - now)
                now = deadline
                #expect(machine.handle(.timerFired, at: now) == [.connect])
            }
            let expected = [50, 100, 200, 400, 800, 1_600, 2_000, 2_000].map {
                Duration.milliseconds($0) * jitter
            }
            #expect(Array(waits.prefix(8)) == expected)
            #expect(waits.last == .seconds(2) * jitter)
        }
    }

    @Test func `the doubling goes on over connections that live shortly and ends with one that lives long`() {
        var machine = machine(greeting: [.ping], channels: [], patterns: [])
        func live(at now: ContinuousClock.Instant) {
            for event in [Event.timerFired, .connected, .greetingAnswered(error: nil)] {
                _ = machine.handle(event, at: now)
            }
        }
        _ = machine.handle(.started, at: start)
        live(at: start)
        _ = machine.handle(.lost("gone"), at: start)
        #expect(wait(machine, from: start) == .milliseconds(50))
        live(at: start + .seconds(1))
        _ = machine.handle(.lost("gone"), at: start + .milliseconds(2_999))
        #expect(wait(machine, from: start + .milliseconds(2_999)) == .milliseconds(100))
        live(at: start + .seconds(4))
        _ = machine.handle(.lost("gone"), at: start + .seconds(6))
        #expect(wait(machine, from: start + .seconds(6)) == .milliseconds(50))
        #expect(machine.counts.reconnects == 2)
    }

    @Test func `a refused password is told with a hint and retried slowly`() {
        var machine = machine(after: [.started, .connected])
        let answer = "WRONGPASS invalid username-password pair or user is disabled."
        #expect(machine.handle(.greetingAnswered(error: answer), at: start) == [.disconnect])
        #expect(wait(machine, from: start) == .seconds(10))
        #expect(machine.lastError?.hasPrefix("the login was refused: WRONGPASS") == true)
        #expect(machine.lastError?.contains("check the user and the password") == true)
        #expect((machine.counts.refusals, machine.counts.failures) == (1, 1))
    }

    @Test(arguments: ["LOADING Redis is loading the dataset in memory", "ERR max number of clients reached"])
    func `a server that is only busy is retried soon`(answer: String) {
        for greeting in [[RedisGreeting.Step.ping], [.setName, .ping]] {
            var machine = machine(greeting: greeting, after: [.started, .connected])
            #expect(machine.handle(.greetingAnswered(error: answer), at: start) == [.disconnect])
            #expect(wait(machine, from: start) == .milliseconds(50))
        }
    }

    @Test func `a server that refuses the client name is good enough`() {
        var machine = machine(greeting: [.setName, .ping], after: [.started, .connected])
        #expect(machine.handle(.greetingAnswered(error: "NOPERM"), at: start) == [])
        #expect(Name(machine.state) == .authenticating)
    }

    @Test func `silence brings a PING, its answer the latency, and longer silence death`() {
        var machine = machine(after: Name.live.story)
        #expect(machine.handle(.timerFired, at: start + .seconds(10)) == [.ping])
        #expect(machine.deadline == start + .seconds(30))
        _ = machine.handle(.ponged, at: start + .seconds(11))
        #expect(machine.latency == .seconds(1))
        #expect(machine.deadline == start + .seconds(21))
        #expect(machine.handle(.timerFired, at: start + .seconds(21)) == [.ping])
        let error = "no answer to PING within 30.0 seconds"
        #expect(machine.handle(.timerFired, at: start + .seconds(41)) == [.disconnect, .goDown(error)])
        #expect(machine.counts.pings == 2)
    }

    @Test func `whatever comes is a sign of life`() {
        var machine = machine(after: Name.live.story)
        _ = machine.handle(.heard, at: start + .seconds(9))
        #expect(machine.handle(.timerFired, at: start + .seconds(10)) == [])
        #expect(machine.deadline == start + .seconds(19))
        _ = machine.handle(.timerFired, at: start + .seconds(19))
        _ = machine.handle(.heard, at: start + .seconds(20))
        #expect(machine.deadline == start + .seconds(50))
    }

    @Test func `after the whole loop stood still the answer gets its time all the same`() {
        var machine = machine(after: Name.live.story)
        #expect(machine.handle(.timerFired, at: start + .seconds(100)) == [.ping])
        #expect(machine.deadline == start + .seconds(120))
    }

    @Test func `an answer that does not come ends the greeting and the subscribing`() {
        for (name, what) in [(Name.authenticating, "the login"), (.subscribing, "the subscription")] {
            var machine = machine(after: name.story)
            #expect(machine.handle(.timerFired, at: start + .seconds(5)) == [.disconnect])
            #expect(machine.lastError == "no answer to \(what) within 5.0 seconds")
        }
    }

    @Test func `what was stopped can be started again`() {
        var machine = machine(after: Name.live.story + [.stopped])
        #expect(machine.summary == .stopped)
        #expect(machine.handle(.started, at: start) == [.connect])
        #expect(machine.summary == .connecting)
    }
}
