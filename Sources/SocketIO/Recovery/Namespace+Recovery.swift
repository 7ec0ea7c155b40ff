internal import EngineIO
internal import Synchronization

extension DisconnectReason {
    /// Whether the client may come back: it did not leave, nor was it sent away.
    var isRecoverable: Bool {
        switch self {
        case .transportError, .transportClose, .forcedClose, .pingTimeout, .serverShuttingDown,
            .forcedServerClose:
            true
        case .serverNamespaceDisconnect, .clientNamespaceDisconnect, .parseError: false
        }
    }
}

/// How sockets come back, whatever loop their client is on now.
///
/// Each loop has a log of what its sockets were sent, in the order in which they were; a client tells the last place
/// that it has seen. When it lands on another loop, what it missed on the old one is carried over. Broadcasts have
/// numbers, so that each is counted once: those up to the number at which a client asks belong to the old loop, the
/// others to the new one. For this the numbers are given, and the loops told, under one lock.
extension Namespace {
    /// Sends a broadcast with a number.
    func deliverInOrder(_ event: OutgoingEvent, to target: BroadcastTarget) {
        let (order, own) = broadcastOrder.withLock { last -> (UInt64, NamespaceShard?) in
            last += 1
            let order = last
            var own: NamespaceShard?
            for shard in shards {
                if shard.loop.isCurrent {
                    own = shard
                } else {
                    shard.loop.run { shard.sendInOrder(event, to: target, order: order) }
                }
            }
            return (order, own)
        }
        own?.sendInOrder(event, to: target, order: order)
    }

    /// Asks for the state of a socket whose client is back.
    /// - Parameters:
    ///   - id: what the client was told when it connected.
    ///   - offset: the last event that it has.
    ///   - shard: of the loop that the client is on now; the caller is on it.
    ///   - completion: called on that loop; with nil if the socket is not known.
    func recover(
        _ id: String, offset: RecoveryOffset?, on shard: NamespaceShard,
        completion: @escaping @Sendable (RecoveredState?) -> Void
    ) {
        guard let recovery = shard.recovery, let origin = recoverable.withLock({ $0[id] }) else {
            return completion(nil)
        }
        if origin == shard.index {
            shard.endOldConnection(of: id)
            let absent = recovery.take(id, offset: offset)
            if absent == nil { forget([id]) }
            return completion(absent.map { RecoveredState($0) })
        }
        let start = recovery.log.last
        let old = shards[origin]
        let isTaken = broadcastOrder.withLock { last in
            last += 1
            let order = last
            return old.loop.offer { [self] in
                old.endOldConnection(of: id)
                let absent = old.recovery?.take(id, offset: offset)
                let missed = absent.flatMap { absent in
                    old.recovery?.log.events(after: absent.start, for: absent.id, in: absent.rooms)
                }
                forget([id])
                shard.loop.run {
                    guard let absent, let missed else { return completion(nil) }
                    var state = RecoveredState(absent)
                    state.start = start
                    state.rooms = RoomHistory(absent.rooms.rooms, after: start)
                    state.carried = missed.filter { $0.order < order }.map(\.event)
                    state.order = order
                    completion(state)
                }
            }
        }
        if !isTaken { completion(nil) }
    }

    /// Sockets that are connected or may come back.
    package var recoverableSockets: Int { recoverable.withLock { $0.count } }

    func remember(_ id: String, on shard: NamespaceShard) {
        recoverable.withLock { $0[id] = shard.index }
    }

    func forget(_ ids: [String]) {
        recoverable.withLock { recoverable in for id in ids { recoverable[id] = nil } }
    }
}

extension RecoveredState {
    init(_ absent: AbsentSocket) {
        self.init(
            id: absent.id, recoveryID: absent.recoveryID, rooms: absent.rooms, storage: absent.storage,
            start: absent.start)
    }
}

/// On the shard's loop.
extension NamespaceShard {
    /// A client is back before the server noticed that its old connection is dead.
    func endOldConnection(of id: String) {
        recovery?.live[id]?.client.replaced()
    }

    /// Keeps what a socket was, if its client may come back.
    func saveForRecovery(_ socket: Socket, _ reason: DisconnectReason) {
        guard let recovery, let own = socket.recovery else { return }
        guard reason.isRecoverable else { return socket.namespace.forget([own.id]) }
        let worker = socket.session.engine
        let storage = socket.storage.withLock { $0 }
        let absent = AbsentSocket(
            id: socket.id, recoveryID: own.id, rooms: own.rooms, storage: storage, start: own.start,
            since: worker.milliseconds)
        if recovery.expired == nil {
            recovery.expired = { [weak namespace = socket.namespace] in namespace?.forget($0) }
        }
        socket.namespace.forget(recovery.keep(absent, worker))
    }

    /// Puts back what a client did not stay for.
    func restore(_ state: RecoveredState, in namespace: Namespace, _ worker: EngineWorker) {
        guard let recovery else { return }
        var absent = AbsentSocket(
            id: state.id, recoveryID: state.recoveryID, rooms: state.rooms, storage: state.storage,
            start: state.start, since: worker.milliseconds)
        if state.carried != nil {
            absent.start = recovery.log.last
            _ = missed(state, worker)
        }
        namespace.remember(state.recoveryID, on: self)
        namespace.forget(recovery.keep(absent, worker))
    }

    /// What a socket missed, each event made into a message when it is asked for.
    func missed(_ state: RecoveredState, _ worker: EngineWorker) -> [() -> PreparedMessage] {
        guard let recovery else { return [] }
        let here = recovery.log.events(after: state.start, for: state.id, in: state.rooms) ?? []
        guard let carried = state.carried else {
            return here.map { message($0.event, RecoveryOffset(loop: index, number: $0.number)) }
        }
        // Noted once more, for this socket alone: places must go up in the order in which it gets the events.
        let target = BroadcastTarget(rooms: [state.id])
        return (carried + here.filter { $0.order > state.order }.map(\.event)).map { event in
            message(event, recovery.record(event, to: target, order: 0, worker))
        }
    }

    private func message(_ event: OutgoingEvent, _ offset: RecoveryOffset) -> () -> PreparedMessage {
        { [writer = context.writer, name] in
            writer.event(event.name, event.arguments, namespace: name, offset: offset, event.options)
        }
    }
}
