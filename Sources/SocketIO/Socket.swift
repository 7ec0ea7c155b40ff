internal import EngineIO
internal import EngineWire

/// One client in one namespace: what an application talks to.
///
/// Belongs to the loop of its connection. Methods may be called from any thread: on the loop, where handlers
/// run, they act at once; elsewhere they are passed to it in order.
public final class Socket: @unchecked Sendable {
    // Proof of sendability: `id`, `namespace`, `client` and `auth` never change; all else is touched on the loop
    // only, which every public method makes sure of.

    /// The socket's public name: 20 characters. Also a room that holds this socket alone.
    public let id: String
    public let namespace: Namespace
    let client: Client
    let session: Session
    private let auth: [UInt8]
    private let shard: NamespaceShard

    /// Places in the rooms joined, by name. Kept by the shard.
    var places: [String: Int] = [:]
    /// Place among all sockets of the namespace. Kept by the shard.
    var placeInNamespace = 0

    private enum State { case connecting, connected, disconnected }
    @safe @exclusivity(unchecked) private var state = State.connecting
    @safe @exclusivity(unchecked) private var handlers = HandlerTable()
    @safe @exclusivity(unchecked) private var anyHandlers: [@Sendable (Event) -> Void] = []
    private var disconnectHandlers: [@Sendable (DisconnectReason) -> Void] = []
    private var acks: [Int: PendingAck] = [:]
    @safe @exclusivity(unchecked) private var queue = EventQueue()

    init(client: Client, namespace: Namespace, auth: [UInt8]) {
        self.client = client
        self.namespace = namespace
        self.auth = auth
        session = client.session
        shard = namespace.shard(session.engine.index)
        id = session.engine.random.identifier()
    }

    @inline(__always)
    var isOnLoop: Bool { shard.loop.isCurrent }

    /// Runs an action on the socket's loop: at once if the caller is there.
    @inline(__always)
    func onLoop(_ action: @escaping @Sendable () -> Void) { shard.loop.run(action) }

    // MARK: What the client said when it connected

    /// The client's `auth` object; empty if it sent none.
    public var authentication: JSONValue { auth.isEmpty ? [:] : (try? JSONValue(parsing: auth)) ?? [:] }

    /// A header field of the request that opened the connection.
    public func header(_ name: StaticString) -> String? { session.request.field(name) }

    /// A query item of the request that opened the connection.
    public func query(_ name: String) -> String? { session.request.queryValue(name) }

    /// The address that the client connected from.
    public var address: String { session.address }

    /// What carries the connection now: `polling` or `websocket`.
    public var transport: Transport { session.transport }

    // MARK: Handlers

    /// Calls back for each event of this name. The handler runs on the loop and must not block it.
    public func on(_ event: String, _ handler: @escaping @Sendable (Event) throws -> Void) {
        onLoop { self.handlers.add(event, .sync(handler)) }
    }

    /// Calls back for each event of this name. Events of a socket wait for each other: the next one is handled
    /// when this handler has returned.
    public func on(_ event: String, _ handler: @escaping @Sendable (Event) async throws -> Void) {
        onLoop { self.handlers.add(event, .async(handler)) }
    }

    /// Calls back for each event of any name, before its own handlers.
    public func onAny(_ handler: @escaping @Sendable (Event) -> Void) {
        onLoop { self.anyHandlers.append(handler) }
    }

    /// Removes the handlers of an event.
    public func off(_ event: String) { onLoop { self.handlers.removeAll(event) } }

    /// Calls back once, when the socket is disconnected. Its rooms are left already.
    public func onDisconnect(_ handler: @escaping @Sendable (DisconnectReason) -> Void) {
        onLoop { self.disconnectHandlers.append(handler) }
    }

    // MARK: Sending

    /// Sends an event to this client.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(_ event: String, _ values: repeat each Value) throws {
        emit(event, try EncodedArguments(repeat each values))
    }

    /// Sends an event with arguments as they came from a client.
    public func emit(_ event: String, _ arguments: EventArguments) {
        emit(event, EncodedArguments(arguments))
    }

    func emit(_ event: String, _ arguments: EncodedArguments, ackID: Int? = nil) {
        ReservedEvents.precondition(event)
        var packet: [UInt8] = []
        packet.reserveCapacity(event.utf8.count + arguments.json.count + 16)
        PacketEncoder.appendEvent(event, arguments, namespace: namespace.name, id: ackID, to: &packet)
        send(packet, arguments.attachments)
    }

    private func send(_ packet: [UInt8], _ attachments: [[UInt8]]) {
        guard isOnLoop else { return onLoop { self.send(packet, attachments) } }
        guard state == .connected else { return }
        if attachments.isEmpty {
            session.send(textPacket: packet.span)
        } else {
            session.send(PreparedMessage(textPacket: packet.span, attachments: attachments))
        }
    }

    /// Everyone in the namespace but this client.
    public var broadcast: Broadcast { namespace.except(id) }

    /// The members of rooms but this client.
    public func to(_ rooms: String...) -> Broadcast { broadcast.to(rooms) }

    // MARK: Rooms

    /// Joins a room. A client may be in `maxRoomsPerSocket` at most; further joins are ignored.
    public func join(_ room: String) {
        guard isOnLoop else { return onLoop { self.join(room) } }
        guard places.count < client.maxRoomsPerSocket else { return }
        shard.join(self, room)
    }

    /// Leaves a room.
    public func leave(_ room: String) {
        guard isOnLoop else { return onLoop { self.leave(room) } }
        shard.leave(self, room)
    }

    /// The rooms that the socket is in, its own id included. On the loop, as in handlers; elsewhere empty.
    public var rooms: Set<String> {
        guard isOnLoop, state == .connected else { return [] }
        return Set(places.keys).union([id])
    }

    // MARK: Disconnecting

    /// Disconnects the client from this namespace.
    /// - Parameter close: also close the connection, which other namespaces may use.
    public func disconnect(close: Bool = false) {
        guard isOnLoop else { return onLoop { self.disconnect(close: close) } }
        guard state == .connected else { return }
        if close {
            client.disconnectAll()
        } else {
            session.send(textPacket: PacketEncoder.packet(.disconnect, namespace: namespace.name).span)
            left(.serverNamespaceDisconnect)
        }
    }

    // MARK: For the client, on the loop

    /// Whether the socket takes part in its namespace.
    var isAccepted: Bool { state == .connected }

    /// All middlewares let the socket in.
    func connected() {
        guard state == .connecting else { return }
        state = .connected
        shard.add(self)
        session.send(
            textPacket: PacketEncoder.packet(.connect, namespace: namespace.name, json: "{\"sid\":\"\(id)\"}")
                .span)
        for handler in namespace.connectionHandlers { handler(self) }
    }

    /// The socket left its namespace; its client stays.
    func left(_ reason: DisconnectReason) {
        client.forget(self)
        disconnected(reason, description: nil)
    }

    /// The end of the socket, whatever brought it.
    func disconnected(_ reason: DisconnectReason, description: String?) {
        let wasConnected = state == .connected
        guard state != .disconnected else { return }
        state = .disconnected
        if wasConnected { shard.remove(self) }
        for (_, ack) in exchange(&acks, with: [:]) { ack.fail(.disconnected) }
        queue = EventQueue()
        let callbacks = exchange(&disconnectHandlers, with: [])
        // Handlers usually hold their socket: letting go of them here ends the cycle.
        handlers.removeAll()
        anyHandlers = []
        if wasConnected { for callback in callbacks { callback(reason) } }
    }

    // MARK: Events

    func received(_ arguments: EventArguments, ackID: Int?) {
        guard state == .connected else { return }
        let event = Event(arguments: arguments, ack: ackID.map { Ack(self, id: $0) })
        if queue.isBusy {
            guard queue.append(event) else {
                return session.fail(.transportError, "the client sends faster than its events are handled")
            }
            return
        }
        handle(event)
    }

    private func handle(_ event: Event) {
        for handler in anyHandlers { handler(event) }
        var asynchronous: [@Sendable (Event) async throws -> Void] = []
        handlers.forEach(event.arguments) { handler in
            switch handler {
            case .sync(let handler):
                do { try handler(event) } catch { client.handlerFailed(error, event: event, socket: self) }
            case .async(let handler): asynchronous.append(handler)
            }
        }
        guard !asynchronous.isEmpty else { return }
        queue.isBusy = true
        let handlers = asynchronous
        session.engine.startTask { [self] in
            for handler in handlers {
                do { try await handler(event) } catch {
                    client.handlerFailed(error, event: event, socket: self)
                }
            }
            asynchronousHandlersReturned()
        }
    }

    private func asynchronousHandlersReturned() {
        queue.isBusy = false
        while state == .connected, !queue.isBusy, let next = queue.removeFirst() { handle(next) }
    }

    // MARK: Acks

    /// Answers a client's callback. On the loop.
    func acknowledge(_ id: Int, _ attachments: [[UInt8]], _ appendArguments: (inout [UInt8]) -> Void) {
        var packet: [UInt8] = []
        packet.reserveCapacity(256)
        PacketEncoder.appendAckHead(
            id, attachments: attachments.count, namespace: namespace.name, to: &packet)
        appendArguments(&packet)
        packet.append(UInt8(ascii: "]"))
        send(packet, attachments)
    }

    func receivedAck(_ id: Int, _ arguments: EventArguments) {
        acks.removeValue(forKey: id)?.succeed(arguments)
    }

    /// Sends an event and keeps what waits for its ack. On the loop.
    func emit(_ event: String, _ arguments: EncodedArguments, awaiting ack: PendingAck, timeout: Duration) {
        guard state == .connected else { return ack.fail(.disconnected) }
        guard acks.count < client.maxPendingAcks else { return ack.fail(.tooManyPending) }
        let id = namespace.nextAckID()
        acks[id] = ack
        ack.timer = session.engine.schedule(after: timeout) { [self] in
            acks.removeValue(forKey: id)?.fail(.timeout)
        }
        emit(event, arguments, ackID: id)
    }

    /// Whether the socket takes part in its namespace. On the loop, as in handlers; elsewhere false.
    public var isConnected: Bool { isOnLoop && state == .connected }
}
