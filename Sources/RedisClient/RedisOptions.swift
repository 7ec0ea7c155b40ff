/// How a connection to Redis behaves.
package struct RedisOptions: Sendable {
    /// What `CLIENT LIST` shows; nil sets no name. Spaces and line breaks are not allowed by Redis.
    package var clientName: String?
    package var timing: RedisTiming
    package var limits: RedisReplyLimits
    /// Gets one line when Redis is lost and one when it is back, on the connection's loop.
    package var log: @Sendable (RedisNews) -> Void

    package init(
        clientName: String? = nil, timing: RedisTiming = RedisTiming(),
        limits: RedisReplyLimits = RedisReplyLimits(), log: @escaping @Sendable (RedisNews) -> Void = { _ in }
    ) {
        self.clientName = clientName
        self.timing = timing
        self.limits = limits
        self.log = log
    }
}

/// How long a connection waits, and for what.
package struct RedisTiming: Sendable, Hashable {
    /// For the name lookup and the connection together.
    package var connectTimeout = Duration.seconds(5)
    /// For the answers to `AUTH` and what follows it, and for the confirmations of the subscriptions.
    package var answerTimeout = Duration.seconds(5)
    /// Silence after which a `PING` is sent.
    package var pingAfter = Duration.seconds(10)
    /// Silence after which the connection counts as dead. More than `pingAfter`.
    package var deadAfter = Duration.seconds(30)
    /// Wait before the first attempt to connect again; it doubles with each one that fails.
    package var firstRetry = Duration.milliseconds(50)
    /// The longest such wait; a connection that lived shorter than this does not end the doubling.
    package var slowestRetry = Duration.seconds(2)
    /// Wait after Redis understood us and said no, e.g. to the password: only a human can help.
    package var refusedRetry = Duration.seconds(10)
    /// At most one line about a loss and one about a return in this time.
    package var reportInterval = Duration.seconds(10)

    package init() {}
}

/// How much may wait in a `RedisCommands`.
package struct RedisQueueLimits: Sendable, Hashable {
    /// Commands that wait to be sent or answered.
    package var commands = 10_000
    /// Bytes of these commands.
    package var bytes = 33_554_432
    /// How long a command waits for a connection before it fails.
    package var wait = Duration.seconds(5)

    package init() {}
}
