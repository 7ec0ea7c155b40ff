internal import Synchronization

/// One command on its way through a `RedisCommands`.
struct QueuedCommand: Sendable {
    typealias Completion = @Sendable (Result<RedisReply, RedisError>) -> Void

    let bytes: [UInt8]
    let queuedAt: ContinuousClock.Instant
    let completion: Completion
}

/// Takes commands from any thread and counts all that have no reply yet; full means no.
final class CommandInbox: Sendable {
    private struct Content {
        var arrived: [QueuedCommand] = []
        var commands = 0
        var bytes = 0
        var isStopped = false
    }

    private let limits: RedisQueueLimits
    private let content = Mutex(Content())

    init(_ limits: RedisQueueLimits) { self.limits = limits }

    /// Commands that have no reply yet.
    var count: Int { content.withLock { $0.commands } }

    /// Takes a command.
    /// - Returns: whether the loop must be told, because it had taken all that was here before.
    func add(_ command: QueuedCommand) throws(RedisError) -> Bool {
        // Mutex.withLock has typed throws only for closures that the compiler can infer them from.
        let outcome: Result<Bool, RedisError> = content.withLock { content in
            guard !content.isStopped else { return .failure(.stopped) }
            guard content.commands < limits.commands else {
                return .failure(.tooManyCommands(limit: limits.commands))
            }
            guard content.bytes + command.bytes.count <= limits.bytes else {
                return .failure(.tooManyBytes(limit: limits.bytes))
            }
            content.commands += 1
            content.bytes += command.bytes.count
            content.arrived.append(command)
            return .success(content.arrived.count == 1)
        }
        return try outcome.get()
    }

    /// Gives what arrived to the loop. It stays counted.
    func takeArrived() -> [QueuedCommand] {
        content.withLock { content in
            let arrived = content.arrived
            content.arrived = []
            return arrived
        }
    }

    /// A command has its reply, or never gets one.
    func release(bytes: Int) {
        content.withLock { content in
            content.commands -= 1
            content.bytes -= bytes
        }
    }

    /// From now on commands are refused, or taken again.
    func setStopped(_ isStopped: Bool) {
        content.withLock { $0.isStopped = isStopped }
    }
}
