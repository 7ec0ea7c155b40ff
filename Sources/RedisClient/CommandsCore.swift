internal import EngineNet
internal import EngineWire

/// The part of a `RedisCommands` that lives on the loop: what waits to be sent, and what waits for a reply.
final class CommandsCore: RedisLinkUser {
    /// What the next replies belong to.
    private enum Expected {
        case command(QueuedCommand)
        /// The link's own `PING`.
        case heartbeat
    }

    private let link: RedisLink
    private let inbox: CommandInbox
    private let wait: Duration
    private let replyLimit: Int
    private var unsent = FIFO<QueuedCommand>()
    private var sent = FIFO<Expected>()
    private var isLive = false
    private var isStopped = false
    private var timer: TimerID?

    init(_ link: RedisLink, _ inbox: CommandInbox, wait: Duration, replyLimit: Int) {
        self.link = link
        self.inbox = inbox
        self.wait = wait
        self.replyLimit = replyLimit
        link.user = self
    }

    func start() {
        isStopped = false
        link.handle(.started)
    }

    func stop() {
        isStopped = true
        isLive = false
        link.handle(.stopped)
        takeArrived()
        failSent(.stopped)
        for command in unsent.removeAll() { complete(command, .failure(.stopped)) }
        link.loop.cancel(timer)
    }

    /// Sends what other threads have left, or keeps it until there is a connection.
    func takeArrived() {
        for command in inbox.takeArrived() {
            if isLive { send(command) } else { unsent.append(command) }
        }
        guard !unsent.isEmpty else { return }
        if isStopped {
            for command in unsent.removeAll() { complete(command, .failure(.stopped)) }
        } else {
            armTimer()
        }
    }

    private func send(_ command: QueuedCommand) {
        sent.append(.command(command))
        link.write(command.bytes)
    }

    private func complete(_ command: QueuedCommand, _ result: Result<RedisReply, RedisError>) {
        // First, so that a completion which sends the next command finds room.
        inbox.release(bytes: command.bytes.count)
        command.completion(result)
    }

    private func failSent(_ error: RedisError) {
        for expected in sent.removeAll() {
            if case .command(let command) = expected { complete(command, .failure(error)) }
        }
    }

    // MARK: RedisLinkUser

    func received(_ reply: RedisReply) {
        switch sent.popFirst() {
        case .command(let command):
            switch reply {
            case .error(let text): complete(command, .failure(.refused(text)))
            case .tooLong(let bytes):
                complete(command, .failure(.replyTooLong(bytes: bytes, limit: replyLimit)))
            case .status, .integer, .bulk, .null, .array: complete(command, .success(reply))
            }
        case .heartbeat:
            if case .error(let text) = reply {
                link.handle(.lost(RedisRefusal("PING", text).description))
            } else {
                link.handle(.ponged)
            }
        case nil: link.handle(.lost("Redis replied to what nobody had asked"))
        }
    }

    func pingSent() { sent.append(.heartbeat) }

    func becameLive() {
        isLive = true
        link.loop.cancel(timer)
        while let command = unsent.popFirst() { send(command) }
    }

    func wentDown(_ error: String) {
        isLive = false
        failSent(.connectionLost(error))
    }

    private func armTimer() {
        guard let first = unsent.first else { return }
        link.loop.cancel(timer)
        timer = link.loop.arm(after: max(.zero, first.queuedAt + wait - .now), self, kind: 0)
    }
}

extension CommandsCore: TimerTarget {
    /// The oldest of the commands that wait for a connection have waited long enough.
    func timerFired(_ kind: UInt8) {
        let now = ContinuousClock.now
        while let first = unsent.first, first.queuedAt + wait <= now, let command = unsent.popFirst() {
            let error = RedisError.notConnected(waited: wait, lastError: link.machine.lastError)
            complete(command, .failure(error))
        }
        armTimer()
    }
}
