internal import EngineIO

/// The members of a room on one loop: sessions for the fan-out, and at the same places their sockets.
@safe
final class Room {
    let name: String
    @exclusivity(unchecked) var sessions: ContiguousArray<Unmanaged<Session>> = unsafe []
    @exclusivity(unchecked) var sockets: ContiguousArray<Unmanaged<Socket>> = unsafe []

    // Proof of safety: a member leaves its rooms before its namespace lets go of it, so what is listed is alive.

    init(_ name: String) { self.name = name }

    /// Appends a member and returns its place.
    func add(_ socket: Socket) -> Int {
        unsafe sessions.append(.passUnretained(socket.session))
        unsafe sockets.append(.passUnretained(socket))
        return unsafe sockets.count - 1
    }

    /// Marks all members as reached or excepted in a broadcast.
    func mark(_ mark: UInt64) {
        for i in unsafe sessions.indices {
            unsafe sessions[i]._withUnsafeGuaranteedRef { $0.broadcastMark = mark }
        }
    }

    /// Removes the member at `place`; the last one takes its place.
    /// - Returns: the member that moved, if one did.
    func remove(at place: Int) -> Socket? {
        let last = unsafe sockets.count - 1
        unsafe sessions.swapAt(place, last)
        unsafe sockets.swapAt(place, last)
        unsafe sessions.removeLast()
        unsafe sockets.removeLast()
        return place == last ? nil : unsafe sockets[place].takeUnretainedValue()
    }
}

/// One loop's share of a namespace: its sockets and rooms. Touched on the loop only.
final class NamespaceShard: @unchecked Sendable {
    // Proof of sendability: `loop` never changes; all else is touched on it only.

    let loop: LoopHandle
    /// The engine's share on this loop; known with the first socket.
    private var worker: EngineWorker?
    private(set) var sockets: [String: Socket] = [:]
    private(set) var rooms: [String: Room] = [:]
    /// All sockets of the namespace on this loop.
    let everyone = Room("")

    init(loop: LoopHandle) { self.loop = loop }

    func add(_ socket: Socket) {
        worker = socket.session.engine
        sockets[socket.id] = socket
        socket.placeInNamespace = everyone.add(socket)
    }

    func remove(_ socket: Socket) {
        for name in Array(socket.places.keys) { leave(socket, name) }
        if let moved = everyone.remove(at: socket.placeInNamespace) {
            moved.placeInNamespace = socket.placeInNamespace
        }
        sockets[socket.id] = nil
    }

    func join(_ socket: Socket, _ name: String) {
        guard socket.places[name] == nil, sockets[socket.id] === socket else { return }
        let room: Room
        if let old = rooms[name] {
            room = old
        } else {
            room = Room(name)
            rooms[name] = room
        }
        socket.places[name] = room.add(socket)
    }

    func leave(_ socket: Socket, _ name: String) {
        guard let room = rooms[name], let place = socket.places.removeValue(forKey: name) else { return }
        if let moved = room.remove(at: place) { moved.places[name] = place }
        if unsafe room.sockets.isEmpty { rooms[name] = nil }
    }

    // MARK: Broadcast

    /// Sends a message to those whom `target` means, each once.
    func send(_ message: PreparedMessage, to target: BroadcastTarget) {
        guard let worker else { return }
        if target.rooms.isEmpty, target.excepted.isEmpty {
            return unsafe worker.send(message, to: everyone.sessions, mark: 0, volatile: target.isVolatile)
        }
        if target.rooms.count == 1, target.excepted.isEmpty {
            guard let room = rooms[target.rooms[0]] else {
                return sendToOne(message, target.rooms[0], target, mark: 0)
            }
            return unsafe worker.send(message, to: room.sessions, mark: 0, volatile: target.isVolatile)
        }
        let mark = worker.newBroadcastMark()
        for name in target.excepted {
            sockets[name]?.session.broadcastMark = mark
            rooms[name]?.mark(mark)
        }
        if target.rooms.isEmpty {
            unsafe worker.send(message, to: everyone.sessions, mark: mark, volatile: target.isVolatile)
        }
        for name in target.rooms {
            if let room = rooms[name] {
                unsafe worker.send(message, to: room.sessions, mark: mark, volatile: target.isVolatile)
            }
            sendToOne(message, name, target, mark: mark)
        }
    }

    /// Every socket is alone in a room of its id; that room has no table entry.
    private func sendToOne(_ message: PreparedMessage, _ id: String, _ target: BroadcastTarget, mark: UInt64)
    {
        guard let session = sockets[id]?.session, mark == 0 || session.broadcastMark != mark else { return }
        session.broadcastMark = mark
        if !target.isVolatile || session.isWritable { session.send(message) }
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

/// Whom a broadcast reaches: everyone of the namespace, or the members of rooms, less those excepted.
/// A socket's id counts as a room of its own.
struct BroadcastTarget: Sendable {
    var rooms: [String] = []
    var excepted: [String] = []
    /// Leave out those who cannot take the message at once.
    var isVolatile = false
}
