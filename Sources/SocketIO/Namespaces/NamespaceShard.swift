internal import EngineIO
internal import Synchronization

/// One loop's share of a namespace: its sockets and rooms. Touched on the loop only.
final class NamespaceShard: @unchecked Sendable {
    // Proof of sendability: what is `let` never changes or is synchronised; all else is touched on the loop only.

    /// The place in its rooms of a socket that is not connected yet.
    private static let promised = -1

    let loop: LoopHandle
    /// The loop's place among the server's.
    let index: Int
    /// The namespace's.
    let name: String
    let context: ServerContext
    /// The engine's share on this loop; known with the first socket.
    private(set) var worker: EngineWorker?
    private(set) var sockets: [String: Socket] = [:]
    private(set) var rooms: [String: Room] = [:]
    /// All sockets of the namespace on this loop.
    let everyone = Room("")
    /// What the sockets listen to.
    var eventNames = EventNames()
    /// Sockets with listeners to what they are sent.
    private var outgoing: [String: Socket] = [:]
    /// Events and clients for those who come back; nil when that is off.
    let recovery: ShardRecovery?
    /// Who wants to hear of rooms, and what they know; nil until somebody does.
    var watchers: RoomWatchers?

    init(
        name: String, loop: LoopHandle, index: Int, context: ServerContext, recovery: ShardRecovery?
    ) {
        self.name = name
        self.loop = loop
        self.index = index
        self.context = context
        self.recovery = recovery
    }

    /// The engine's share on this loop.
    func serves(_ worker: EngineWorker) { self.worker = worker }

    // MARK: Members

    func add(_ socket: Socket) {
        serves(socket.session.engine)
        sockets[socket.id] = socket
        socket.placeInNamespace = everyone.add(socket)
        if socket.extras?.outgoing.isEmpty == false { outgoing[socket.id] = socket }
        if let recovery = socket.recovery { self.recovery?.live[recovery.id] = socket }
        watchers?.joined(socket.id, socket.id)
        let promised = socket.places.withLock { places in
            defer { places = [:] }
            return Array(places.keys)
        }
        for room in promised { join(socket, room, limit: .max) }
    }

    func remove(_ socket: Socket) {
        for name in socket.places.withLock({ Array($0.keys) }) { leave(socket, name) }
        if let moved = everyone.remove(at: socket.placeInNamespace) {
            moved.placeInNamespace = socket.placeInNamespace
        }
        sockets[socket.id] = nil
        outgoing[socket.id] = nil
        if let recovery = socket.recovery { self.recovery?.live[recovery.id] = nil }
        watchers?.left(socket.id, socket.id)
    }

    /// - Parameter limit: how many rooms the socket may be in.
    func join(_ socket: Socket, _ name: String, limit: Int) {
        let mayJoin = socket.places.withLock { $0[name] == nil && $0.count < limit }
        guard mayJoin else { return }
        guard sockets[socket.id] === socket else {
            // A socket that its middlewares are asked about becomes a member of its rooms when they let it in.
            if socket.isConnecting { socket.places.withLock { $0[name] = Self.promised } }
            return
        }
        let room: Room
        if let old = rooms[name] {
            room = old
        } else {
            room = Room(name)
            rooms[name] = room
        }
        let place = room.add(socket)
        socket.places.withLock { $0[name] = place }
        noteJoin(socket, name)
        watchers?.joined(name, socket.id)
    }

    func leave(_ socket: Socket, _ name: String) {
        guard let place = socket.places.withLock({ $0.removeValue(forKey: name) }), place != Self.promised,
            let room = rooms[name]
        else { return }
        if let moved = room.remove(at: place) { moved.places.withLock { $0[name] = place } }
        if unsafe room.sockets.isEmpty { rooms[name] = nil }
        noteLeave(socket, name)
        watchers?.left(name, socket.id)
    }

    /// A socket that is not a member yet, or no more, gets nothing that it could listen to.
    func listensToOutgoing(_ socket: Socket) {
        if sockets[socket.id] === socket { outgoing[socket.id] = socket }
    }

    // MARK: Broadcast

    /// Sends an event to those whom `target` means, each once.
    /// - Parameter message: the event, encoded.
    func send(_ event: OutgoingEvent, _ message: PreparedMessage, to target: BroadcastTarget) {
        if !outgoing.isEmpty { tellOutgoing(event, target) }
        send(message, to: target, volatile: event.options.isVolatile)
    }

    private func tellOutgoing(_ event: OutgoingEvent, _ target: BroadcastTarget) {
        let arguments = EventArguments(event.arguments)
        for socket in outgoing.values where target.reaches(socket.id, in: socket.rooms) {
            socket.tellOutgoing(event.name, arguments)
        }
    }

    private func send(_ message: PreparedMessage, to target: BroadcastTarget, volatile isVolatile: Bool) {
        guard let worker else { return }
        if target.rooms.isEmpty, target.excepted.isEmpty {
            return unsafe worker.send(message, to: everyone.sessions, mark: 0, volatile: isVolatile)
        }
        if target.rooms.count == 1, target.excepted.isEmpty {
            guard let room = rooms[target.rooms[0]] else {
                return sendToOne(message, target.rooms[0], isVolatile, mark: 0)
            }
            return unsafe worker.send(message, to: room.sessions, mark: 0, volatile: isVolatile)
        }
        let mark = worker.newBroadcastMark()
        for name in target.excepted {
            sockets[name]?.session.broadcastMark = mark
            rooms[name]?.mark(mark)
        }
        if target.rooms.isEmpty {
            unsafe worker.send(message, to: everyone.sessions, mark: mark, volatile: isVolatile)
        }
        for name in target.rooms {
            if let room = rooms[name] {
                unsafe worker.send(message, to: room.sessions, mark: mark, volatile: isVolatile)
            }
            sendToOne(message, name, isVolatile, mark: mark)
        }
    }

    /// Every socket is alone in a room of its id; that room has no table entry.
    private func sendToOne(_ message: PreparedMessage, _ id: String, _ isVolatile: Bool, mark: UInt64) {
        guard let session = sockets[id]?.session, mark == 0 || session.broadcastMark != mark else { return }
        session.broadcastMark = mark
        session.send(message, volatile: isVolatile)
    }

    /// The sockets whom `target` means, each once.
    func members(_ target: BroadcastTarget) -> [Socket] {
        var excepted = Set<ObjectIdentifier>()
        for name in target.excepted {
            for socket in members(of: name) { excepted.insert(ObjectIdentifier(socket)) }
        }
        let all = target.rooms.isEmpty ? Array(sockets.values) : target.rooms.flatMap { members(of: $0) }
        return all.filter { excepted.insert(ObjectIdentifier($0)).inserted }
    }

    /// The sockets in a room, or the one whose id it is.
    private func members(of name: String) -> [Socket] {
        var found = rooms[name].map { unsafe $0.sockets.map { unsafe $0.takeUnretainedValue() } } ?? []
        if let socket = sockets[name] { found.append(socket) }
        return found
    }
}
