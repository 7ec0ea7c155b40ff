import Testing

@testable import EngineIO

/// Everything that can happen to a session.
enum SessionEvent: Sendable, CustomTestStringConvertible {
    case packet(PacketKind)
    case onCandidate(PacketKind)
    case webSocketOffered
    case candidateLost
    case pingIntervalPassed
    case pingTimeoutPassed
    case transportLost(violation: Bool)
    case closeRequested(discarding: Bool)
    case queueSent
    case failed

    var testDescription: String { "\(self)" }

    func happen(to machine: inout SessionMachine) -> SessionMachine.Action {
        switch self {
        case .packet(let packet): machine.received(packet, from: .current)
        case .onCandidate(let packet): machine.received(packet, from: .candidate)
        case .webSocketOffered: machine.webSocketOffered()
        case .candidateLost: machine.candidateLost()
        case .pingIntervalPassed: machine.pingIntervalPassed()
        case .pingTimeoutPassed: machine.pingTimeoutPassed()
        case .transportLost(let violation): machine.transportLost(violation: violation)
        case .closeRequested(let discarding): machine.closeRequested(discardingQueue: discarding)
        case .queueSent: machine.queueSent()
        case .failed: machine.failed(.parseError)
        }
    }
}

/// Stories that lead to each state.
enum SessionStory: CaseIterable, Sendable {
    case polling, pinged, webSocket, probing, probed, closing, closed

    var machine: SessionMachine {
        switch self {
        case .polling: SessionMachine(transport: .polling)
        case .pinged: after(.polling, .pingIntervalPassed)
        case .webSocket: SessionMachine(transport: .webSocket)
        case .probing: after(.polling, .webSocketOffered)
        case .probed: after(.probing, .onCandidate(.ping(isProbe: true)))
        case .closing: after(.polling, .closeRequested(discarding: false))
        case .closed: after(.polling, .closeRequested(discarding: true))
        }
    }

    private func after(_ story: SessionStory, _ event: SessionEvent) -> SessionMachine {
        var machine = story.machine
        _ = event.happen(to: &machine)
        return machine
    }
}

@Suite struct `The grid of a session` {
    typealias Action = SessionMachine.Action
    typealias Row = (event: SessionEvent, actions: [Action])

    private static let dead = Action.close(.transportError)
    private static let left = Action.close(.transportClose)
    private static let forced = Action.close(.forcedClose)
    private static let unreadable = Action.close(.parseError)

    // The action for each event (rows) in each state: polling, pinged, webSocket, probing, probed, closing, closed.
    private static let packets: [Row] = [
        (.packet(.text), [.deliver, .deliver, .deliver, .deliver, .deliver, .nothing, .nothing]),
        (.packet(.binary), [.deliver, .deliver, .deliver, .deliver, .deliver, .nothing, .nothing]),
        (.packet(.pong), Array(repeating: .restartHeartbeat, count: 6) + [.nothing]),
        (.packet(.close), [left, left, left, left, left, left, .nothing]),
        (.packet(.ping(isProbe: false)), [dead, dead, dead, dead, dead, dead, .nothing]),
        (.packet(.ping(isProbe: true)), [dead, dead, dead, dead, dead, dead, .nothing]),
        (.packet(.unknown), Array(repeating: unreadable, count: 6) + [.nothing]),
        (.packet(.open), Array(repeating: .nothing, count: 7)),
        (.packet(.upgrade), Array(repeating: .nothing, count: 7)),
        (.packet(.noop), Array(repeating: .nothing, count: 7)),
    ]

    private static let drop = Array(repeating: Action.dropCandidate, count: 6) + [.nothing]
    private static let candidate: [Row] = [
        (
            .onCandidate(.ping(isProbe: true)),
            [
                .dropCandidate, .dropCandidate, .dropCandidate, .answerProbe, .dropCandidate, .dropCandidate,
                .nothing,
            ]
        ),
        (
            .onCandidate(.upgrade),
            [
                .dropCandidate, .dropCandidate, .dropCandidate, .dropCandidate, .upgrade, .dropCandidate,
                .nothing,
            ]
        ),
        (.onCandidate(.ping(isProbe: false)), drop), (.onCandidate(.text), drop),
        (.onCandidate(.binary), drop),
        (.onCandidate(.pong), drop), (.onCandidate(.close), drop), (.onCandidate(.open), drop),
        (.onCandidate(.noop), drop), (.onCandidate(.unknown), drop),
    ]

    private static let others: [Row] = [
        (
            .webSocketOffered,
            [.probe, .probe, .refuseOffer, .refuseOffer, .refuseOffer, .refuseOffer, .refuseOffer]
        ),
        (.candidateLost, [.nothing, .nothing, .nothing, .dropCandidate, .dropCandidate, .nothing, .nothing]),
        (.pingIntervalPassed, [.ping, .nothing, .ping, .ping, .ping, .ping, .nothing]),
        (
            .pingTimeoutPassed,
            [.nothing, .close(.pingTimeout), .nothing, .nothing, .nothing, .nothing, .nothing]
        ),
        (.transportLost(violation: false), [left, left, left, left, left, forced, .nothing]),
        (.transportLost(violation: true), [dead, dead, dead, dead, dead, forced, .nothing]),
        (
            .closeRequested(discarding: false),
            Array(repeating: .beginClosing, count: 5) + [.nothing, .nothing]
        ),
        (.closeRequested(discarding: true), Array(repeating: forced, count: 6) + [.nothing]),
        (.queueSent, [.nothing, .nothing, .nothing, .nothing, .nothing, forced, .nothing]),
        (.failed, Array(repeating: unreadable, count: 6) + [.nothing]),
    ]

    @Test(arguments: packets + candidate + others)
    func `every event has one action in each state`(event: SessionEvent, actions: [Action]) {
        for (story, expected) in zip(SessionStory.allCases, actions) {
            var machine = story.machine
            #expect(event.happen(to: &machine) == expected, "\(story)")
        }
        #expect(actions.count == SessionStory.allCases.count)
    }

    @Test(arguments: packets + candidate + others)
    func `the state follows from the action`(event: SessionEvent, actions: [Action]) {
        for (story, action) in zip(SessionStory.allCases, actions) {
            var machine = story.machine
            let before = machine
            _ = event.happen(to: &machine)
            #expect(machine.state == state(after: action, from: before.state), "\(story)")
            #expect(machine.transport == (action == .upgrade ? .webSocket : before.transport), "\(story)")
        }
    }

    private func state(after action: Action, from state: SessionMachine.State) -> SessionMachine.State {
        switch (action, state) {
        case (.close, _): .closed
        case (.beginClosing, _): .closing
        case (.probe, _): .open(.probing)
        case (.answerProbe, _): .open(.probed)
        case (.upgrade, _), (.dropCandidate, .open): .open(.none)
        default: state
        }
    }
}

@Suite struct `Stories of a session` {
    @Test func `a client that probes and upgrades goes on over its WebSocket`() {
        var session = SessionMachine(transport: .polling)
        #expect(session.webSocketOffered() == .probe)
        #expect(!session.releasesPolls)
        #expect(session.received(.ping(isProbe: true), from: .candidate) == .answerProbe)
        #expect(session.releasesPolls, "the last poll must not wait")
        #expect(session.received(.text, from: .current) == .deliver, "a POST that was under way")
        #expect(session.received(.upgrade, from: .candidate) == .upgrade)
        #expect(session.transport == .webSocket && !session.releasesPolls)
        #expect(session.webSocketOffered() == .refuseOffer)
    }

    @Test func `an upgrade that takes too long leaves the session polling, and may be tried again`() {
        var session = SessionMachine(transport: .polling)
        _ = session.webSocketOffered()
        _ = session.received(.ping(isProbe: true), from: .candidate)
        #expect(session.candidateLost() == .dropCandidate)
        #expect(session.transport == .polling && session.isOpen && !session.releasesPolls)
        #expect(session.webSocketOffered() == .probe)
    }

    @Test func `an upgrade without a probe is none`() {
        var session = SessionMachine(transport: .polling)
        _ = session.webSocketOffered()
        #expect(session.received(.upgrade, from: .candidate) == .dropCandidate)
        #expect(session.transport == .polling && session.isOpen)
    }

    @Test func `a second WebSocket does not disturb the first one's upgrade`() {
        var session = SessionMachine(transport: .polling)
        _ = session.webSocketOffered()
        #expect(session.webSocketOffered() == .refuseOffer)
        #expect(session.received(.ping(isProbe: true), from: .candidate) == .answerProbe)
    }

    @Test func `a client that answers its pings stays, one that misses a pong is closed`() {
        var session = SessionMachine(transport: .webSocket)
        for _ in 0..<3 {
            #expect(session.pingIntervalPassed() == .ping)
            #expect(session.received(.pong, from: .current) == .restartHeartbeat)
            #expect(session.pingTimeoutPassed() == .nothing)
        }
        #expect(session.pingIntervalPassed() == .ping)
        #expect(session.pingTimeoutPassed() == .close(.pingTimeout))
        #expect(session.received(.pong, from: .current) == .nothing)
    }

    @Test func `only a pong counts as an answer to a ping`() {
        var session = SessionMachine(transport: .webSocket)
        _ = session.pingIntervalPassed()
        _ = session.received(.text, from: .current)
        #expect(session.pingTimeoutPassed() == .close(.pingTimeout))
    }

    @Test func `a pong over the old transport counts during an upgrade`() {
        var session = SessionMachine(transport: .polling)
        _ = session.pingIntervalPassed()
        _ = session.webSocketOffered()
        #expect(session.received(.pong, from: .current) == .restartHeartbeat)
        #expect(session.pingTimeoutPassed() == .nothing)
    }

    @Test func `a graceful close sends the queue first, and nothing of the client is heard any more`() {
        var session = SessionMachine(transport: .webSocket)
        #expect(session.closeRequested(discardingQueue: false) == .beginClosing)
        #expect(!session.isOpen)
        #expect(session.received(.text, from: .current) == .nothing)
        #expect(session.closeRequested(discardingQueue: false) == .nothing)
        #expect(session.queueSent() == .close(.forcedClose))
        #expect(session.queueSent() == .nothing)
    }

    @Test func `a graceful close that becomes impatient closes at once`() {
        var session = SessionMachine(transport: .polling)
        _ = session.closeRequested(discardingQueue: false)
        #expect(session.closeRequested(discardingQueue: true) == .close(.forcedClose))
    }

    @Test func `a client that stops answering while the server closes is let go`() {
        var session = SessionMachine(transport: .webSocket)
        _ = session.pingIntervalPassed()
        _ = session.closeRequested(discardingQueue: false)
        #expect(session.pingTimeoutPassed() == .close(.pingTimeout))
    }

    @Test func `a close packet ends the session in every open state`() {
        for story in SessionStory.allCases where story.machine.isOpen {
            var session = story.machine
            #expect(session.received(.close, from: .current) == .close(.transportClose))
            #expect(session.state == .closed)
        }
    }

    /// A close on the candidate ends the upgrade only.
    @Test func `a close packet on the candidate does not end the session`() {
        var session = SessionStory.probed.machine
        #expect(session.received(.close, from: .candidate) == .dropCandidate)
        #expect(session.isOpen)
    }
}
