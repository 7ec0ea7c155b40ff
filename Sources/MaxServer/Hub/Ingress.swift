import EngineNet
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
    /// Messages that were sent to rooms; those that a newer one replaced before are not among them.
    var emitted = 0
    /// Messages for rooms without a client on this node: nothing was encoded or sent.
    var unheard = 0
    /// Messages that were dropped because they could not be read.
    var unreadable = 0
    /// Messages of channels that no route knows.
    var unrouted = 0
}

/// Passes messages of the bus on to clients by the table of routes. Every node emits what it reads to its own clients
/// only: all nodes read the same.
///
/// One loop passes all of them on, in their order. What is done there for a client between two messages, such as a
/// look at what a room remembers and the client's joining it, is between them for the client too: loops take what is
/// posted to them in its order.
final class Ingress: Sendable {
    /// An unreadable message is logged at most once in this time; all are counted.
    private static let logInterval = Duration.seconds(10)

    let routes: [ChannelRoute]
    let logs = RoomLogs()
    let topics = Topics()
    private let io: SocketServer
    private let loop: EventLoop
    private let log: Log
    private let conflator = Conflator()
    /// Gets every message that could be read, to store what it says.
    private let record: @Sendable (RoutedMessage) -> Void
    private let state = Mutex((counts: IngressCounts(), quietUntil: ContinuousClock.Instant?.none))

    init(
        routes: [ChannelRoute], io: SocketServer, log: Log,
        record: @escaping @Sendable (RoutedMessage) -> Void = { _ in }
    ) {
        self.routes = routes
        self.io = io
        loop = io.engine.http.group.loops[0]
        self.log = log
        self.record = record
    }

    var counts: IngressCounts { state.withLock { $0.counts } }

    /// Begins to pass on what the bus brings.
    func start(_ bus: any Bus) {
        bus.onHearing { [logs] in logs.hear($0) }
        let subscriptions = ChannelPattern.subscriptions(of: routes.map(\.channel))
        bus.start(
            channels: [RoomChange.channel] + subscriptions.channels, patterns: subscriptions.patterns
        ) { [self] in received($0) }
    }

    /// Takes a message from any thread; those of one thread are passed on in their order.
    func received(_ message: BusMessage) {
        guard loop.isCurrent else { return loop.execute { [self] in handle(message) } }
        handle(message)
    }

    /// Does something when all messages that were received before are on their way to clients, and none that is
    /// received later.
    func betweenMessages(_ action: @escaping @Sendable () -> Void) async {
        guard !loop.isCurrent else { return action() }
        await withCheckedContinuation { done in
            let isTaken = loop.offer {
                action()
                done.resume()
            }
            if !isTaken { done.resume() }
        }
    }

    private func handle(_ message: BusMessage) {
        guard message.channel != RoomChange.channel else {
            if let change = RoomChange(message.payload) { logs.apply(change) }
            return
        }
        state.withLock { $0.counts.received += 1 }
        // By index, because a route is much to copy.
        for index in routes.indices {
            guard let captures = routes[index].channel.match(message.channel) else { continue }
            let route = routes[index]
            do throws(RoutedMessage.Problem) {
                for routed in try RoutedMessage.read(
                    message.payload, captures: captures, route: route, now: .now)
                {
                    pass(routed, route)
                }
            } catch {
                drop(message, error)
            }
            return
        }
        state.withLock { $0.counts.unrouted += 1 }
    }

    private func pass(_ message: RoutedMessage, _ route: ChannelRoute) {
        record(message)
        // A broadcast to no room is one to everyone: not what a route with rooms means.
        guard !message.rooms.isEmpty else { return }
        // Without its fields a message has no key, and waits for none.
        guard let conflation = route.conflation, let key = message.conflationKey else {
            return emit(message, route)
        }
        conflator.add(route.conflationKey(key), interval: conflation.interval) { [self] in
            loop.execute { [self] in emit(message, route) }
        }
    }

    private func emit(_ message: RoutedMessage, _ route: ChannelRoute) {
        // Only now, also of messages that waited: who joins before gets them as they are sent, and not twice.
        logs.add(
            message.payload, event: message.event, key: route.history == 1 ? "" : message.historyKey,
            to: message.rooms.filter { $0 != ChannelRoute.firehose }, limit: route.history)
        let rooms = topics.populated(message.rooms)
        guard !rooms.isEmpty else { return state.withLock { $0.counts.unheard += 1 } }
        do {
            var broadcast = io.of(route.namespace).everyone.local.to(rooms)
            // A client that reads slowly gets the newest of each key, when it can.
            if let key = message.conflationKey { broadcast = broadcast.latest(route.conflationKey(key)) }
            try broadcast.emit(message.event, message.payload)
            state.withLock { $0.counts.emitted += 1 }
            // "Broadcasted bar for bars:AAPL:1".
            log.debug(
                "Broadcasted \(message.event.prefix { $0 != ":" }) for \(rooms.joined(separator: ", "))")
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
}
