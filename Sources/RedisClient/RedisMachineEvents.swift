extension RedisMachine {
    /// What happens to a connection.
    package enum Event: Sendable, Hashable {
        case started
        case stopped
        case connected
        case connectFailed(String)
        /// The next answer to the greeting came.
        case greetingAnswered(error: String?)
        case subscriptionConfirmed
        case subscriptionRefused(String)
        case ponged
        /// Bytes came, of whatever kind.
        case heard
        /// The connection ended by itself or broke the protocol.
        case lost(String)
        case timerFired
        case subscribed(channels: [String], patterns: [String])
        case unsubscribed(channels: [String], patterns: [String])
    }

    /// What is to be done about it, in the order given.
    package enum Action: Sendable, Hashable {
        case connect
        case greet
        case subscribe(channels: [String], patterns: [String])
        case unsubscribe(channels: [String], patterns: [String])
        case ping
        /// Close the connection, or give up the attempt to get one.
        case disconnect
        case becomeLive
        /// It was live; nothing sent on that connection will be answered.
        case goDown(String)
    }
}
