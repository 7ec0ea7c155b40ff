internal import EngineIO
internal import Synchronization

/// What makes a socket recoverable. Touched on the loop only.
final class SocketRecovery {
    /// The name under which the client asks for its socket again; a secret of the client.
    let id: String
    /// What the log holds up to here is not for this socket, or it had it in an earlier life.
    var start: UInt64
    /// When it was in which rooms.
    var rooms: RoomHistory

    init(id: String, start: UInt64, rooms: RoomHistory) {
        self.id = id
        self.start = start
        self.rooms = rooms
    }
}

/// A socket whose client is away.
struct AbsentSocket: Sendable {
    var id: String
    var recoveryID: String
    var rooms: RoomHistory
    var storage: [String: any Codable & Sendable]
    /// What its loop's log holds up to here, the client has.
    var start: UInt64
    /// When it left, in milliseconds of its loop's clock.
    var since: UInt64
}

/// A socket that comes back: what it was, and the events of another loop that it missed there.
struct RecoveredState: Sendable {
    var id: String
    var recoveryID: String
    var rooms: RoomHistory
    var storage: [String: any Codable & Sendable]
    /// Where to go on in the log of the loop that the client is on now.
    var start: UInt64
    /// Events that it missed on another loop; nil if it was on this one.
    var carried: [OutgoingEvent]?
    /// Broadcasts up to this number are among `carried`.
    var order: UInt64 = 0
}

/// One loop's part of what lets clients of a namespace come back. Touched on the loop only.
final class ShardRecovery {
    let options: RecoveryOptions
    let loop: Int
    var log = EventLog()
    /// Sockets that are connected, by their recovery ids.
    var live: [String: Socket] = [:]
    private var absent: [String: AbsentSocket] = [:]
    /// Recovery ids of those away, in the order in which they left; some of them may be back.
    private var leavers: [String] = []
    private var timer: LoopTimer?

    init(_ options: RecoveryOptions, loop: Int) {
        self.options = options
        self.loop = loop
    }

    /// Notes an event.
    /// - Returns: its place; of a volatile one, which is not kept, the place of the last before it. Every event must
    ///   have one: clients take any text that ends an event for it.
    func record(_ event: OutgoingEvent, to target: BroadcastTarget, order: UInt64, _ worker: EngineWorker?)
        -> RecoveryOffset
    {
        if !event.options.isVolatile, let worker {
            _ = log.append(
                event, to: target, order: order, time: worker.milliseconds, latest: event.options.latestKey)
            log.trim(before: 0, maxBytes: options.maxBytes)
            trimLater(worker)
        }
        return RecoveryOffset(loop: loop, number: log.last)
    }

    /// Keeps a socket whose client is away.
    /// - Returns: recovery ids of those who are forgotten for it.
    func keep(_ socket: AbsentSocket, _ worker: EngineWorker) -> [String] {
        absent[socket.recoveryID] = socket
        leavers.append(socket.recoveryID)
        trimLater(worker)
        var forgotten: [String] = []
        while absent.count > options.maxClients, !leavers.isEmpty {
            let first = leavers.removeFirst()
            if absent.removeValue(forKey: first) != nil { forgotten.append(first) }
        }
        return forgotten
    }

    /// Gives the state of a socket to its client, once.
    /// - Parameter offset: the last event that the client has; nil if it has none.
    /// - Returns: nil if nobody of this name is away, or what it missed is gone.
    func take(_ id: String, offset: RecoveryOffset?) -> AbsentSocket? {
        guard var socket = absent.removeValue(forKey: id) else { return nil }
        if let offset, offset.loop == loop { socket.start = max(socket.start, offset.number) }
        guard log.events(after: socket.start, for: socket.id, in: socket.rooms) != nil else { return nil }
        return socket
    }

    // MARK: What grows old

    /// Set by the shard: tells that clients will not be known any more.
    var expired: (([String]) -> Void)?

    private func trimLater(_ worker: EngineWorker) {
        guard timer == nil else { return }
        timer = worker.schedule(after: options.maxDisconnection / 4) { [weak self] in
            guard let self else { return }
            timer = nil
            trim(worker)
        }
    }

    private func trim(_ worker: EngineWorker) {
        let now = worker.milliseconds
        let away = options.maxDisconnection.loopMilliseconds
        let old = absent.values.filter { $0.since + away <= now }.map(\.recoveryID)
        for id in old { absent[id] = nil }
        leavers.removeAll { absent[$0] == nil }
        // A connection may be dead for a while before the server knows.
        let unnoticed = (worker.options.pingInterval + worker.options.pingTimeout).loopMilliseconds
        let kept = away + unnoticed
        log.trim(before: now > kept ? now - kept : 0, maxBytes: options.maxBytes)
        if !old.isEmpty { expired?(old) }
        if !absent.isEmpty || !log.isEmpty { trimLater(worker) }
    }
}

extension NamespaceShard {
    /// What makes a new socket recoverable.
    func recoveryOfNewSocket(_ state: RecoveredState?, _ worker: EngineWorker) -> SocketRecovery? {
        guard let recovery else { return nil }
        let start = state?.start ?? recovery.log.last
        return SocketRecovery(
            id: state?.recoveryID ?? worker.random.identifier(), start: start,
            rooms: state?.rooms ?? RoomHistory(after: start))
    }

    /// A socket is connected: what the log holds so far is not for it, and what it missed on another loop is about to
    /// be noted once more. Only a socket that was here before goes on where it was.
    func beginRecovery(of socket: Socket, _ state: RecoveredState?) {
        guard let recovery, state == nil || state?.carried != nil else { return }
        socket.recovery?.start = recovery.log.last
    }

    /// A socket has come to a room.
    func noteJoin(_ socket: Socket, _ room: String) {
        guard let recovery else { return }
        socket.recovery?.rooms.joined(room, after: recovery.log.last)
    }

    /// A socket has left a room.
    func noteLeave(_ socket: Socket, _ room: String) {
        guard let recovery else { return }
        socket.recovery?.rooms.left(room, after: recovery.log.last, lost: recovery.log.lost)
    }

    /// Notes an event for one socket.
    func record(
        _ event: String, _ arguments: EncodedArguments, _ options: EmitOptions, for socket: Socket
    ) -> RecoveryOffset? {
        recovery?.record(
            OutgoingEvent(name: event, arguments: arguments, options: options),
            to: BroadcastTarget(rooms: [socket.id]), order: 0, worker)
    }

    /// Notes a broadcast and sends it.
    func sendInOrder(_ event: OutgoingEvent, to target: BroadcastTarget, order: UInt64) {
        // Nobody has ever been here who could come back.
        guard let recovery, let worker else { return }
        let offset = recovery.record(event, to: target, order: order, worker)
        let message = context.writer.event(
            event.name, event.arguments, namespace: name, offset: offset, event.options)
        send(event, message, to: target)
    }
}
