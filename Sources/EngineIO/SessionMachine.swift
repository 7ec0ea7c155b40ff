/// The decisions of one Engine.IO session (protocol 4): an event in, an action out.
///
/// Knows no socket, clock or queue. `Session` performs what it decides.
struct SessionMachine: Equatable {
    /// Which of a session's connections an event came from.
    enum Origin: Equatable {
        /// The transport in use.
        case current
        /// A WebSocket that the session may upgrade to.
        case candidate
    }

    enum Upgrade: Equatable {
        /// None under way.
        case none
        /// The WebSocket is open; its probe has not come.
        case probing
        /// The probe was answered; the client will say `5` when its last poll is done.
        case probed
    }

    enum State: Equatable {
        case open(Upgrade)
        /// The server closes; what is queued leaves first.
        case closing
        case closed
    }

    enum Action: Equatable {
        case nothing
        /// Hand the message to the user.
        case deliver
        /// The client lives: stop waiting for its pong, ping again after the interval.
        case restartHeartbeat
        /// Send a ping and give the client `pingTimeout` to answer.
        case ping
        /// Take the new WebSocket as the candidate and wait `upgradeTimeout` for the upgrade.
        case probe
        /// Answer `3probe` on the candidate and release the pending poll.
        case answerProbe
        /// The candidate is the transport from now on.
        case upgrade
        /// Close the candidate; the session goes on.
        case dropCandidate
        /// Close the WebSocket that was offered; the session goes on.
        case refuseOffer
        /// Send what is queued, then close.
        case beginClosing
        /// The session ends now.
        case close(CloseReason)
    }

    private(set) var transport: Transport
    private(set) var state = State.open(.none)
    private var awaitsPong = false

    init(transport: Transport) { self.transport = transport }

    /// Whether packets for the client are taken.
    var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    /// Whether polls are to be answered soon, so that the client can finish its upgrade.
    var releasesPolls: Bool { state == .open(.probed) }

    /// A packet came. The order of cases is that of section "Packet encoding" of the protocol.
    mutating func received(_ packet: PacketKind, from origin: Origin) -> Action {
        guard state != .closed else { return .nothing }
        return switch origin {
        case .current: receivedOnTransport(packet)
        case .candidate: receivedOnCandidate(packet)
        }
    }

    private mutating func receivedOnTransport(_ packet: PacketKind) -> Action {
        switch packet {
        case .text, .binary: return isOpen ? .deliver : .nothing
        case .pong:
            awaitsPong = false
            return .restartHeartbeat
        case .close: return close(.transportClose)
        // Since protocol 4 only the server pings.
        case .ping: return close(.transportError)
        case .unknown: return close(.parseError)
        case .open, .upgrade, .noop: return .nothing
        }
    }

    private mutating func receivedOnCandidate(_ packet: PacketKind) -> Action {
        switch (state, packet) {
        case (.open(.probing), .ping(isProbe: true)):
            state = .open(.probed)
            return .answerProbe
        case (.open(.probed), .upgrade):
            state = .open(.none)
            transport = .webSocket
            return .upgrade
        case (.open, _):
            state = .open(.none)
            return .dropCandidate
        case (.closing, _), (.closed, _):
            return .dropCandidate
        }
    }

    /// A WebSocket with this session's id was opened.
    mutating func webSocketOffered() -> Action {
        guard state == .open(.none), transport == .polling else { return .refuseOffer }
        state = .open(.probing)
        return .probe
    }

    /// The candidate closed or failed, or `upgradeTimeout` has passed.
    mutating func candidateLost() -> Action {
        guard case .open(let upgrade) = state, upgrade != .none else { return .nothing }
        state = .open(.none)
        return .dropCandidate
    }

    /// `pingInterval` has passed since the last pong.
    mutating func pingIntervalPassed() -> Action {
        guard state != .closed, !awaitsPong else { return .nothing }
        awaitsPong = true
        return .ping
    }

    /// `pingTimeout` has passed since the ping.
    mutating func pingTimeoutPassed() -> Action {
        guard awaitsPong else { return .nothing }
        return close(.pingTimeout)
    }

    /// The transport's connection ended, or its poll was dropped.
    mutating func transportLost(violation: Bool) -> Action {
        if state == .closing { return close(.forcedClose) }
        return close(violation ? .transportError : .transportClose)
    }

    /// The server wants the session closed.
    mutating func closeRequested(discardingQueue: Bool) -> Action {
        guard isOpen else { return discardingQueue ? close(.forcedClose) : .nothing }
        if discardingQueue { return close(.forcedClose) }
        state = .closing
        return .beginClosing
    }

    /// The queue of a closing session is empty, or `closeTimeout` has passed.
    mutating func queueSent() -> Action { state == .closing ? close(.forcedClose) : .nothing }

    /// The session broke a bound or the protocol.
    mutating func failed(_ reason: CloseReason) -> Action { close(reason) }

    private mutating func close(_ reason: CloseReason) -> Action {
        guard state != .closed else { return .nothing }
        state = .closed
        return .close(reason)
    }
}
