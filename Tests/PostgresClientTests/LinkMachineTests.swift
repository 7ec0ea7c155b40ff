import PostgresClient
import Testing

private typealias Event = LinkMachine.Event
private typealias Action = LinkMachine.Action

private let start = ContinuousClock.now

private let timing: PostgresTiming = {
    var timing = PostgresTiming()
    timing.connectTimeout = .seconds(5)
    timing.answerTimeout = .seconds(3)
    timing.firstRetry = .milliseconds(50)
    timing.slowestRetry = .seconds(2)
    return timing
}()

/// The states by name, each with the story that leads to it.
private enum Name: CaseIterable {
    case stopped, connecting, live, waiting, backoff

    init(_ state: LinkMachine.State) {
        self =
            switch state {
            case .stopped: .stopped
            case .connecting: .connecting
            case .live(let live): live.silentSince == nil ? .live : .waiting
            case .backoff: .backoff
            }
    }

    var story: [Event] {
        switch self {
        case .stopped: []
        case .connecting: [.started]
        case .live: [.started, .connected]
        case .waiting: [.started, .connected, .sent]
        case .backoff: [.started, .connectFailed("refused")]
        }
    }

    func machine() -> LinkMachine {
        var machine = LinkMachine(timing)
        for event in story { _ = machine.handle(event, at: start) }
        return machine
    }
}

@Suite("The machine of a Postgres connection: every event in every state")
struct LinkMachineGridTests {
    private enum Outcome {
        case nothing
        case to(Name, [Action])
    }

    /// For each event what follows in the states `stopped, connecting, live, waiting, backoff`, ten seconds later.
    private static let grid: [(event: Event, outcomes: [Outcome])] = {
        let end = Outcome.to(.stopped, [.disconnect])
        let endLive = Outcome.to(.stopped, [.disconnect, .goDown(reason: "closed")])
        let lost = Outcome.to(.backoff, [.disconnect, .goDown(reason: "gone")])
        return [
            (.started, [.to(.connecting, [.connect]), .nothing, .nothing, .nothing, .nothing]),
            (.stopped, [.nothing, end, endLive, endLive, end]),
            (.connected, [.nothing, .to(.live, [.becomeLive]), .nothing, .nothing, .nothing]),
            (.connectFailed("gone"), [.nothing, .to(.backoff, [.disconnect]), .nothing, .nothing, .nothing]),
            (.lost("gone"), [.nothing, .nothing, lost, lost, .nothing]),
            (.sent, [.nothing, .nothing, .to(.waiting, []), .nothing, .nothing]),
            (.heard(isOwed: true), [.nothing, .nothing, .to(.waiting, []), .nothing, .nothing]),
            (.heard(isOwed: false), [.nothing, .nothing, .nothing, .to(.live, []), .nothing]),
            (
                .timerFired,
                [
                    .nothing, .to(.backoff, [.disconnect]), .nothing,
                    .to(.backoff, [.disconnect, .goDown(reason: "no answer within 3.0 seconds")]),
                    .to(.connecting, [.connect]),
                ]
            ),
        ]
    }()

    @Test(arguments: grid.indices) func `each event does in each state what the table says`(row: Int) {
        let (event, outcomes) = Self.grid[row]
        for (name, outcome) in zip(Name.allCases, outcomes) {
            var machine = name.machine()
            let actions = machine.handle(event, at: start + .seconds(10))
            switch outcome {
            case .nothing: #expect((Name(machine.state), actions) == (name, []))
            case .to(let next, let wanted): #expect((Name(machine.state), actions) == (next, wanted))
            }
        }
    }
}

@Suite("The machine of a Postgres connection: times")
struct LinkMachineTimeTests {
    @Test func `the wait doubles with each failure up to a limit, and chance shortens it`() {
        var machine = LinkMachine(timing)
        _ = machine.handle(.started, at: start)
        var waits: [Duration] = []
        for _ in 0..<8 {
            _ = machine.handle(.connectFailed("refused"), at: start, jitter: 0.5)
            let deadline = machine.deadline ?? start
            waits.append(deadline - start)
            #expect(machine.handle(.timerFired, at: deadline - .milliseconds(1)) == [])
            #expect(machine.handle(.timerFired, at: deadline) == [.connect])
        }
        #expect(waits == [25, 50, 100, 200, 400, 800, 1_000, 1_000].map { .milliseconds($0) })
    }

    @Test func `only a connection that lived ends the doubling`() {
        for (life, wait) in [(Duration.milliseconds(1_999), 200), (.seconds(2), 50)] {
            var machine = Name.connecting.machine()
            for _ in 0..<2 {
                _ = machine.handle(.connectFailed("refused"), at: start)
                _ = machine.handle(.timerFired, at: start + .seconds(1))
            }
            _ = machine.handle(.connected, at: start)
            _ = machine.handle(.lost("gone"), at: start + life)
            #expect(machine.deadline == start + life + .milliseconds(wait))
            #expect((machine.connects, machine.lastError) == (1, "gone"))
        }
    }

    @Test func `a connection that is not made in time has failed`() {
        var machine = Name.connecting.machine()
        #expect(machine.deadline == start + .seconds(5))
        #expect(machine.handle(.timerFired, at: start + .milliseconds(4_999)) == [])
        #expect(machine.handle(.timerFired, at: start + .seconds(5)) == [.disconnect])
        #expect((machine.lastError, machine.connectTimeouts) == ("no connection within 5.0 seconds", 1))
    }

    @Test func `silence counts from the first that was sent, and anew from whatever came`() {
        var machine = Name.live.machine()
        #expect(machine.deadline == nil)
        _ = machine.handle(.sent, at: start)
        _ = machine.handle(.sent, at: start + .seconds(2))
        #expect(machine.deadline == start + .seconds(3))
        _ = machine.handle(.heard(isOwed: true), at: start + .seconds(2))
        #expect(machine.deadline == start + .seconds(5))
        _ = machine.handle(.heard(isOwed: false), at: start + .seconds(4))
        #expect(machine.deadline == nil)
    }
}
