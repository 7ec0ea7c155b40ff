import Database
import SocketIO
import Synchronization

/// Stores what agents and discussions say on the bus: behind those who read the bus, one message after the other, in
/// their order. While the database is away they wait, up to a bound.
final class ArrivalRecorder: Sendable {
    /// Messages that wait; more are dropped, and counted.
    static let most = 10_000
    /// Bytes of their payloads (64 MiB).
    static let mostBytes = 67_108_864
    /// Between two attempts of a message that the database does not take.
    private static let retry = Duration.milliseconds(500)
    /// How often a trouble is logged.
    private static let logInterval = Duration.seconds(10)

    private struct State: Sendable {
        var waiting = 0
        var bytes = 0
        var dropped = 0
        var isClosed = false
        var quietUntil: ContinuousClock.Instant?
    }

    let arrivals: Arrivals
    private let log: Log
    private let state = Mutex(State())
    private let queue: AsyncStream<RoutedMessage>.Continuation
    private let worker = Mutex<Task<Void, Never>?>(nil)

    init(_ arrivals: Arrivals, log: Log) {
        self.arrivals = arrivals
        self.log = log
        let (messages, queue) = AsyncStream.makeStream(of: RoutedMessage.self)
        self.queue = queue
        let task = Task { [weak self] in
            for await message in messages { await self?.store(message) }
        }
        worker.withLock { $0 = task }
    }

    /// Messages that wait, the one that is being stored among them.
    var queuedCount: Int { state.withLock { $0.waiting } }

    /// Messages that were dropped because too many waited, or because the database refused them.
    var droppedCount: Int { state.withLock { $0.dropped } }

    /// Takes a message of which something may have to be kept. Does not wait.
    func record(_ message: RoutedMessage) {
        guard Self.channel(of: message) != nil else { return }
        let size = message.payload.bytes.count
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.waiting < Self.most, state.bytes + size <= Self.mostBytes else {
                state.dropped += 1
                return false
            }
            state.waiting += 1
            state.bytes += size
            return true
        }
        if isTaken { queue.yield(message) }
    }

    /// The channel whose messages become this event.
    private static func channel(of message: RoutedMessage) -> Channel? {
        switch message.event {
        case "discussion:new_message": .discussionMessages
        case "agent:status_update": .agentStatus
        default: nil
        }
    }

    private func store(_ message: RoutedMessage) async {
        defer {
            state.withLock { state in
                state.waiting -= 1
                state.bytes -= message.payload.bytes.count
            }
        }
        guard let channel = Self.channel(of: message),
            let object = try? JSONValue(parsing: message.payload.bytes).objectValue
        else { return }
        while true {
            do {
                try await arrivals.received(object, on: channel)
                return
            } catch {
                tell(error)
                // Storing twice does no harm: what was lost on the way is tried again.
                guard let error = error as? SQLError, error.isPassing, !Task.isCancelled else {
                    return state.withLock { $0.dropped += 1 }
                }
                try? await Task.sleep(for: Self.retry)
            }
        }
    }

    private func tell(_ error: any Error) {
        let isQuiet = state.withLock { state in
            let now = ContinuousClock.now
            if let until = state.quietUntil, now < until { return true }
            state.quietUntil = now + Self.logInterval
            return false
        }
        if !isQuiet { log.warning("a message could not be stored", ["error": "\(error)"]) }
    }

    /// Takes nothing more, and ends when what waits is stored, or was not within a time.
    func close(within time: Duration) async {
        state.withLock { $0.isClosed = true }
        queue.finish()
        guard let task = worker.withLock({ $0 }) else { return }
        let deadline = Task {
            try await Task.sleep(for: time)
            task.cancel()
        }
        await task.value
        deadline.cancel()
    }
}
