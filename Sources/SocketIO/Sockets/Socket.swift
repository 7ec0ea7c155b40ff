public import EngineIO
internal import EngineWire
internal import Synchronization

/// One client in one namespace: what an application talks to.
///
/// Belongs to the loop of its connection. Methods may be called from any thread: on the loop, where handlers
/// run, they act at once; elsewhere they are passed to it in order.
public final class Socket: @unchecked Sendable {
    // Proof of sendability: what is `let` never changes or is synchronised; all else is touched on the loop only,
    // which every public method makes sure of.

    /// The socket's public name: 20 characters. Also a room that holds this socket alone.
    public let id: String
    /// Where the socket is.
    public let namespace: Namespace
    /// Whether the socket goes on where an earlier connection of the client was lost: with its id, rooms and state,
    /// and what was sent meanwhile.
    public let recovered: Bool
    let client: Client
    let session: Session
    let shard: NamespaceShard
    /// The client's `auth` object.
    let auth: PacketObject
    /// Milliseconds since 1970 when the client connected.
    let issued: Int
    /// What makes the socket recoverable; nil when it is not.
    let recovery: SocketRecovery?

    /// Places in the rooms joined, by name. Changed by the shard, read by anyone.
    let places = Mutex<[String: Int]>([:])
    /// Place among all sockets of the namespace. Kept by the shard.
    var placeInNamespace = 0
    /// The application's values, by their keys' names.
    let storage = Mutex<[String: any Codable & Sendable]>([:])

    enum State: UInt8 { case connecting, connected, disconnecting, disconnected }
    private let currentState = Atomic(State.connecting.rawValue)
    @safe @exclusivity(unchecked) var handlers = HandlerTable()
    /// What few sockets have.
    @safe @exclusivity(unchecked) var extras: SocketExtras?
    var acks: [Int: PendingAck] = [:]
    @safe @exclusivity(unchecked) var queue = EventQueue()

    init(client: Client, namespace: Namespace, auth: PacketObject, restoring state: RecoveredState? = nil) {
        self.client = client
        self.namespace = namespace
        self.auth = auth
        session = client.session
        let worker = client.session.engine
        shard = namespace.shard(worker.index)
        issued = worker.wallMilliseconds
        id = state?.id ?? worker.random.identifier()
        recovered = state != nil
        recovery = shard.recoveryOfNewSocket(state, worker)
        if let state { storage.withLock { $0 = state.storage } }
    }

    @inline(__always)
    var isOnLoop: Bool { shard.loop.isCurrent }

    /// Runs an action on the socket's loop: at once if the caller is there.
    @inline(__always)
    func onLoop(_ action: @escaping @Sendable () -> Void) { shard.loop.run(action) }

    @inline(__always)
    private(set) var state: State {
        get { State(rawValue: currentState.load(ordering: .relaxed)) ?? .disconnected }
        set { currentState.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// Whether the socket takes part in its namespace now.
    public var isConnected: Bool {
        let state = state
        return state == .connected || state == .disconnecting
    }

    /// Whether middlewares are asked about the socket.
    var isConnecting: Bool { state == .connecting }

    /// What carries the connection now.
    public var transport: Transport { session.transport }

    // MARK: Rooms

    /// Joins rooms. A socket may be in `SocketOptions.maxRoomsPerSocket` at most; further joins are ignored. What a
    /// middleware joins holds from the moment when the socket is connected.
    /// - Parameter rooms: their names; a room exists while it has members.
    public func join(_ rooms: String...) { join(rooms) }

    /// Joins rooms.
    /// - Parameter rooms: their names; a room exists while it has members.
    public func join(_ rooms: [String]) {
        guard isOnLoop else { return onLoop { self.join(rooms) } }
        for room in rooms { shard.join(self, room, limit: client.context.options.maxRoomsPerSocket) }
    }

    /// Leaves rooms.
    /// - Parameter rooms: their names.
    public func leave(_ rooms: String...) { leave(rooms) }

    /// Leaves rooms.
    /// - Parameter rooms: their names.
    public func leave(_ rooms: [String]) {
        guard isOnLoop else { return onLoop { self.leave(rooms) } }
        for room in rooms { shard.leave(self, room) }
    }

    /// The rooms that the socket is in now, its own id included; empty when it is disconnected. In a middleware, the
    /// rooms that it will be in when it is connected.
    public var rooms: Set<String> {
        let rooms = Set(places.withLock { $0.keys })
        return isConnected ? rooms.union([id]) : rooms
    }

    // MARK: Disconnecting

    /// Disconnects the client from this namespace.
    /// - Parameter close: also close the connection, which other namespaces may use.
    public func disconnect(close: Bool = false) {
        guard isOnLoop else { return onLoop { self.disconnect(close: close) } }
        guard isConnected else { return }
        if close {
            client.disconnectAll()
        } else if state == .connected {
            session.send(client.context.writer.packet(.disconnect, namespace: namespace.name))
            left(.serverNamespaceDisconnect)
        }
    }

    // MARK: For the client, on the loop

    /// All middlewares let the socket in.
    /// - Parameter earlier: what it was before its connection was lost.
    func connected(restoring earlier: RecoveredState?) {
        guard state == .connecting else { return }
        state = .connected
        shard.add(self)
        shard.beginRecovery(of: self, earlier)
        if let earlier {
            for room in earlier.rooms.rooms { shard.join(self, room, limit: .max) }
            // What it missed, and only then that it is connected: that is Node's order, and clients keep events that
            // come before.
            session.owe(shard.missed(earlier, session.engine))
        }
        var json = "{\"sid\":\"\(id)\""
        if let recovery {
            namespace.remember(recovery.id, on: shard)
            json += ",\"pid\":\"\(recovery.id)\""
        }
        session.send(client.context.writer.packet(.connect, namespace: namespace.name, json: json + "}"))
        sendEarlyEvents()
        // What was sent may have been too much for the client.
        guard state == .connected else { return }
        for handler in namespace.connectionHandlers { handler(self) }
    }

    /// The socket left its namespace; its client stays.
    func left(_ reason: DisconnectReason) {
        client.forget(self)
        disconnected(reason, description: nil)
    }

    /// The end of the socket, whatever brought it.
    func disconnected(_ reason: DisconnectReason, description: String?) {
        // Whoever hears of the end may ask for it again.
        guard state != .disconnected, state != .disconnecting else { return }
        let wasConnected = state == .connected
        if wasConnected {
            state = .disconnecting
            // Its rooms are still there for those who hear of it first.
            if let extras { for entry in extras.disconnecting.entries { entry.call(reason, description) } }
            state = .disconnected
            shard.saveForRecovery(self, reason)
            shard.remove(self)
        }
        state = .disconnected
        places.withLock { $0 = [:] }
        let extras = exchange(&extras, with: nil)
        for (_, ack) in exchange(&acks, with: [:]) { ack.finish(.failure(.disconnected)) }
        queue = EventQueue()
        // Handlers usually hold their socket: letting go of them here ends the cycle.
        handlers.removeAll()
        extras?.finishStreams()
        if wasConnected, let extras {
            for entry in extras.disconnected.entries { entry.call(reason, description) }
        }
        client.context.left(namespace)
    }
}
