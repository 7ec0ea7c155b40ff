import SocketIO
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What came in through the bus since the server began.
struct IngressCounts: Sendable, Equatable {
    var received = 0
    var emitted = 0
    /// Messages that were dropped because they could not be read.
    var unreadable = 0
    /// Messages of channels that no route knows.
    var unrouted = 0
}

/// Passes messages of the bus on to clients by the table of routes. Every node emits what it reads to its own clients
/// only: all nodes read the same.
final class Ingress: Sendable {
    /// An unreadable message is logged at most once in this time; all are counted.
    private static let logInterval = Duration.seconds(10)

    private let routes: [ChannelRoute]
    private let io: SocketServer
    private let log: Log
    let history = RoomHistory()
    private let state = Mutex((counts: IngressCounts(), quietUntil: ContinuousClock.Instant?.none))

    init(routes: [ChannelRoute], io: SocketServer, log: Log) {
        self.routes = routes
        self.io = io
        self.log = log
    }

    var counts: IngressCounts { state.withLock { $0.counts } }

    /// Begins to pass on what the bus brings.
    func start(_ bus: any Bus) {
        bus.start(
            channels: routes.filter(\.channel.isFixed).map(\.channel.subscription),
            patterns: routes.filter { !$0.channel.isFixed }.map(\.channel.subscription)
        ) { [self] in received($0) }
    }

    func received(_ message: BusMessage) {
        state.withLock { $0.counts.received += 1 }
        for route in routes {
            guard let captures = route.channel.match(message.channel) else { continue }
            do throws(RoutedMessage.Problem) {
                for routed in try RoutedMessage.read(
                    message.payload, captures: captures, route: route, now: .now)
                {
                    emit(routed, route)
                }
            } catch {
                drop(message, error)
            }
            return
        }
        state.withLock { $0.counts.unrouted += 1 }
    }

    private func emit(_ message: RoutedMessage, _ route: ChannelRoute) {
        // A broadcast to no room is one to everyone: not what a route with rooms means.
        guard !message.rooms.isEmpty else { return }
        if route.history > 0, let room = message.rooms.first {
            history.add(message.payload, key: message.historyKey, to: room, limit: route.history)
        }
        do {
            try io.root.everyone.to(message.rooms).emit(message.event, message.payload)
            state.withLock { $0.counts.emitted += 1 }
        } catch {
            log.error("an event could not be encoded", ["event": message.event, "error": "\(error)"])
        }
    }

    private func drop(_ message: BusMessage, _ problem: RoutedMessage.Problem) {
        let (isQuiet, count) = state.withLock { state in
            state.counts.unreadable += 1
            let now = ContinuousClock.now
            if let until = state.quietUntil, now < until { return (true, 0) }
            state.quietUntil = now + Self.logInterval
            return (false, state.counts.unreadable)
        }
        guard !isQuiet else { return }
        log.warning(
            "a message was dropped: \(problem)", ["channel": message.channel, "droppedSoFar": "\(count)"])
    }

    /// The messages that a new subscriber of a room gets at once.
    func snapshot(of room: String) -> [RawJSON] {
        let limit = routes.first { $0.history > 0 && $0.channel.match(room) != nil }?.history ?? 0
        return limit > 0 ? history.messages(of: room, limit: limit) : []
    }
}
