import EngineNet
import RedisClient
import Synchronization

/// Channels of a Redis server. It may be down at the start or later: the bus goes on trying, subscribes again, and
/// says in `health` and the log how it stands.
final class RedisBus: Bus {
    /// How long a message waits for Redis: who publishes would rather know soon that it is away.
    private static let patience = Duration.seconds(1)

    /// A connection that listens can do nothing else, so there are two.
    private struct Connections {
        var subscriber: RedisSubscriber
        var commands: RedisCommands
    }

    private let url: RedisURL
    private let loop: EventLoop
    private let log: Log
    private let connections = Mutex<Connections?>(nil)
    private let told = Mutex<@Sendable (_ hears: Bool) -> Void>({ _ in })
    /// Messages by whether they went out.
    private let published = Mutex((sent: 0, failed: 0))

    /// - Parameter loop: the loop on which the connections live and messages are delivered.
    init(url: RedisURL, loop: EventLoop, log: Log) {
        self.url = url
        self.loop = loop
        self.log = log
    }

    func onHearing(_ told: @escaping @Sendable (_ hears: Bool) -> Void) {
        self.told.withLock { $0 = told }
    }

    func start(channels: [String], patterns: [String], receive: @escaping @Sendable (BusMessage) -> Void) {
        let log = log
        let options = RedisOptions(clientName: "maxserver") { log.told(of: $0) }
        let told = told.withLock { $0 }
        told(false)
        let new = RedisSubscriber(
            url: url, loop: loop, options: options,
            onMessage: { channel, _, payload in receive(BusMessage(channel: channel, payload: payload)) },
            onState: { state in
                switch state {
                case .live: told(true)
                case .down: told(false)
                case .connecting, .stopped: break
                }
            })
        new.subscribe(channels: channels, patterns: patterns)
        new.start()
        var queue = RedisQueueLimits()
        queue.wait = Self.patience
        // Silent: what happens to the one connection happens to the other, and that one is logged.
        let commands = RedisCommands(
            url: url, loop: loop, options: RedisOptions(clientName: "maxserver"), queue: queue)
        commands.start()
        connections.withLock { $0 = Connections(subscriber: new, commands: commands) }
        log.info("Bar subscriber started for pattern: \(patterns.joined(separator: ", "))")
    }

    func stop() {
        connections.withLock { connections in
            connections?.subscriber.stop()
            connections?.commands.stop()
            connections = nil
        }
    }

    func publish(_ message: BusMessage) async throws {
        do {
            try await send(message)
            published.withLock { $0.sent += 1 }
        } catch {
            published.withLock { $0.failed += 1 }
            throw error
        }
    }

    private func send(_ message: BusMessage) async throws {
        guard let commands = connections.withLock({ $0?.commands }) else { throw RedisError.stopped }
        _ = try await answer(of: "Redis", within: Self.patience) {
            try await commands.publish(message.channel, message.payload)
        }
    }

    func check() async -> BusHealth {
        var health = health
        guard health.status == .ok, let commands = connections.withLock({ $0?.commands }) else {
            return health
        }
        do {
            health.latency = try await commands.ping(within: Self.patience) / .milliseconds(1)
        } catch {
            (health.status, health.latency, health.error) = (.down, nil, "\(error)")
        }
        return health
    }

    var counts: BusCounts {
        let (sent, failed) = published.withLock { $0 }
        let made = connections.withLock { connections in
            connections.map { [$0.subscriber.status.counts, $0.commands.status.counts] } ?? []
        }
        return BusCounts(
            published: sent, failed: failed, connects: made.map(\.connects).reduce(0, +))
    }

    var health: BusHealth {
        guard let status = connections.withLock({ $0?.subscriber.status }) else {
            return BusHealth(status: .down, error: "not started")
        }
        let latency = status.latency.map { $0 / .milliseconds(1) }
        var health = BusHealth(status: .down, latency: nil, tooLong: status.counts.tooLong)
        switch status.state {
        case .live: (health.status, health.latency) = (.ok, latency)
        case .stopped: health.error = "stopped"
        case .connecting: health.error = "connecting to \(url)"
        case .down(_, let error): health.error = error
        }
        return health
    }
}
