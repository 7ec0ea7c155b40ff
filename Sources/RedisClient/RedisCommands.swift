package import EngineNet

/// Sends commands to Redis and gets their replies: pipelined over one connection that is made again when lost.
///
/// Every call may come from any thread; the commands of one thread are sent in its order. A command that was sent
/// when the connection ended fails and is never sent again by itself; one that was not sent waits for the next
/// connection, up to `RedisQueueLimits.wait`. Not for commands that block for long: they delay all others, and
/// the heartbeat takes their silence for death.
package final class RedisCommands: Sendable {
    private let core: LoopBound<CommandsCore>
    private let shared = SharedStatus()
    private let inbox: CommandInbox

    /// - Parameter onState: called on the loop at every change.
    package init(
        url: RedisURL, loop: EventLoop, options: RedisOptions = RedisOptions(),
        queue: RedisQueueLimits = RedisQueueLimits(),
        onState: @escaping @Sendable (RedisState) -> Void = { _ in }
    ) {
        let core = LoopBound<CommandsCore>(loop: loop)
        let inbox = CommandInbox(queue)
        let shared = shared
        self.core = core
        self.inbox = inbox
        loop.execute {
            let link = RedisLink(url, options, on: loop, shared, onState)
            let made = CommandsCore(link, inbox, wait: queue.wait, replyLimit: options.limits.bulk)
            core.set(made)
            loop.whenStopping { [weak made] in
                inbox.setStopped(true)
                made?.stop()
            }
        }
    }

    deinit {
        inbox.setStopped(true)
        let core = core
        core.loop.execute {
            core.get()?.stop()
            core.set(nil)
        }
    }

    /// Connects, and stays connected until `stop`. Commands may be given before.
    package func start() {
        inbox.setStopped(false)
        post { $0.start() }
    }

    /// Disconnects; commands without a reply fail.
    package func stop() {
        inbox.setStopped(true)
        post { $0.stop() }
    }

    /// How it stands, as of the last turn of the loop.
    package var status: RedisStatus { shared.status }

    /// Commands that have no reply yet.
    package var pendingCommands: Int { inbox.count }

    // MARK: Commands

    /// Sends a command without waiting.
    /// - Parameter completion: called once, on the loop. An error reply is `RedisError.refused`.
    /// - Throws: at once when it cannot be taken; `completion` is not called then.
    package func send(
        _ command: RedisCommand, _ completion: @escaping @Sendable (Result<RedisReply, RedisError>) -> Void
    ) throws(RedisError) {
        guard !Self.unsuitable.contains(command.name) else { throw .unsuitable(command: command.name) }
        try enqueue(command, completion)
    }

    private func enqueue(_ command: RedisCommand, _ completion: @escaping QueuedCommand.Completion)
        throws(RedisError)
    {
        let queued = QueuedCommand(bytes: command.encoded(), queuedAt: .now, completion: completion)
        if try inbox.add(queued) { post { $0.takeArrived() } }
    }

    /// Sends a command and waits for its reply.
    /// - Throws: also for an error reply, as `RedisError.refused`. Cancelling the task ends the wait only.
    package func command(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        let waiter = ReplyWaiter()
        try send(command) { waiter.resolve($0) }
        return try await waiter.result.get()
    }

    /// Sends a command given as text, e.g. `["XLEN", "bars"]`, and waits for its reply.
    package func command(_ words: [String]) async throws(RedisError) -> RedisReply {
        try await command(RedisCommand(words.map { Array($0.utf8) }))
    }

    /// Publishes a message.
    /// - Returns: how many subscribers got it.
    @discardableResult
    package func publish(_ channel: String, _ payload: [UInt8]) async throws(RedisError) -> Int {
        let waiter = ReplyWaiter()
        try enqueue(Self.publishing(payload, on: channel)) { waiter.resolve($0) }
        guard case .integer(let receivers) = try await waiter.result.get() else {
            throw .unexpectedReply(command: "PUBLISH")
        }
        return receivers
    }

    /// Publishes a message without waiting.
    /// - Parameter failed: called on the loop if it comes to nothing later.
    /// - Throws: at once when it cannot be taken.
    package func post(
        _ payload: [UInt8], on channel: String, failed: @escaping @Sendable (RedisError) -> Void = { _ in }
    ) throws(RedisError) {
        try enqueue(Self.publishing(payload, on: channel)) { result in
            if case .failure(let error) = result { failed(error) }
        }
    }

    /// Asks whether Redis is there.
    /// - Returns: how long the answer took, the wait in the queue included.
    package func ping() async throws(RedisError) -> Duration {
        let start = ContinuousClock.now
        guard case .status = try await command(RedisCommand("PING")) else {
            throw .unexpectedReply(command: "PING")
        }
        return .now - start
    }

    private static func publishing(_ payload: [UInt8], on channel: String) -> RedisCommand {
        RedisCommand([Array("PUBLISH".utf8), Array(channel.utf8), payload])
    }

    /// Commands after which the replies no longer match the commands, or the connection is another user's.
    private static let unsuitable: Set<String> = [
        "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR",
        "SYNC", "PSYNC", "HELLO", "AUTH", "SELECT", "RESET", "QUIT", "CLIENT REPLY",
    ]

    private func post(_ work: @escaping @Sendable (CommandsCore) -> Void) {
        let core = core
        core.loop.execute { if let made = core.get() { work(made) } }
    }
}
