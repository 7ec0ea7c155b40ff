import EngineNet
import RedisClient
import Synchronization

/// Channels of a Redis server. It may be down at the start or later: the bus goes on trying, subscribes again, and
/// says in `health` and the log how it stands.
final class RedisBus: Bus {
    private let url: RedisURL
    private let loop: EventLoop
    private let log: Log
    private let subscriber = Mutex<RedisSubscriber?>(nil)

    /// - Parameter loop: the loop on which the connection lives and messages are delivered.
    init(url: RedisURL, loop: EventLoop, log: Log) {
        self.url = url
        self.loop = loop
        self.log = log
    }

    func start(channels: [String], patterns: [String], receive: @escaping @Sendable (BusMessage) -> Void) {
        let log = log
        let options = RedisOptions(clientName: "maxserver") { line in log.warning(line) }
        let new = RedisSubscriber(
            url: url, loop: loop, options: options,
            onMessage: { channel, _, payload in receive(BusMessage(channel: channel, payload: payload)) })
        new.subscribe(channels: channels, patterns: patterns)
        new.start()
        subscriber.withLock { $0 = new }
        log.info("Bar subscriber started for pattern: \(patterns.joined(separator: ", "))")
    }

    func stop() {
        subscriber.withLock { subscriber in
            subscriber?.stop()
            subscriber = nil
        }
    }

    var health: BusHealth {
        guard let status = subscriber.withLock({ $0?.status }) else {
            return BusHealth(status: .down, error: "not started")
        }
        let latency = status.latency.map {
            Double($0.components.attoseconds) / 1e15 + Double($0.components.seconds) * 1e3
        }
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
