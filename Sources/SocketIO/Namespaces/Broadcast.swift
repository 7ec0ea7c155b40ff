internal import EngineIO

/// What events can be sent from to many: a server, a namespace, a parent of namespaces.
public protocol BroadcastSource {
    /// Everybody there.
    var everyone: Broadcast { get }
}

extension BroadcastSource {
    /// The members of rooms.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func to(_ rooms: String...) -> Broadcast { everyone.to(rooms) }

    /// The members of rooms; everyone if there are none.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func to(_ rooms: [String]) -> Broadcast { everyone.to(rooms) }

    /// The members of rooms.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func `in`(_ rooms: String...) -> Broadcast { everyone.to(rooms) }

    /// The members of rooms; everyone if there are none.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func `in`(_ rooms: [String]) -> Broadcast { everyone.to(rooms) }

    /// Everyone but the members of rooms.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func except(_ rooms: String...) -> Broadcast { everyone.except(rooms) }

    /// Everyone but the members of rooms.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func except(_ rooms: [String]) -> Broadcast { everyone.except(rooms) }

    /// Everyone who can take the event at once.
    public var volatile: Broadcast { everyone.volatile }

    /// Everyone on this server, in a cluster.
    public var local: Broadcast { everyone.local }

    /// An event that may be compressed or not, where compression is on.
    /// - Parameter isCompressed: false for what compresses badly, such as pictures.
    public func compress(_ isCompressed: Bool) -> Broadcast { everyone.compress(isCompressed) }

    /// An event of which only the newest is kept for clients that cannot keep up.
    /// - Parameter key: what the event is about, e.g. `AAPL`.
    public func latest(_ key: String) -> Broadcast { everyone.latest(key) }

    /// An event with a time for its acks.
    /// - Parameter time: how long clients may take.
    public func timeout(_ time: Duration) -> Broadcast { everyone.timeout(time) }

    /// Sends an event to everyone.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(_ event: String, _ values: repeat each Value) throws {
        try everyone.emit(event, repeat each values)
    }

    /// Sends an event to everyone, with arguments as they came from a client. Of a reserved name nothing but `onError` of
    /// the server hears.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: its arguments.
    public func emit(_ event: String, _ arguments: EventArguments) { everyone.emit(event, arguments) }

    /// Sends a typed event to everyone.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emit<Payload: Encodable & Sendable>(_ event: Event<Payload>, _ payload: Payload) throws {
        try everyone.emit(event, payload)
    }

    /// Sends a `message` event to everyone.
    /// - Parameter values: its arguments.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func send<each Value: Encodable & Sendable>(_ values: repeat each Value) throws {
        try everyone.emit("message", repeat each values)
    }

    /// Sends an event to everyone and waits for everyone's ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Returns: an answer of each client, in the order in which they came.
    /// - Throws: `IncompleteReplies`, `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emitWithAck<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value
    ) async throws -> [BroadcastReply] {
        try await everyone.emitWithAck(event, repeat each values)
    }

    /// Makes all sockets join rooms.
    /// - Parameter rooms: their names.
    public func socketsJoin(_ rooms: String...) { everyone.socketsJoin(rooms) }

    /// Makes all sockets join rooms.
    /// - Parameter rooms: their names.
    public func socketsJoin(_ rooms: [String]) { everyone.socketsJoin(rooms) }

    /// Makes all sockets leave rooms.
    /// - Parameter rooms: their names.
    public func socketsLeave(_ rooms: String...) { everyone.socketsLeave(rooms) }

    /// Makes all sockets leave rooms.
    /// - Parameter rooms: their names.
    public func socketsLeave(_ rooms: [String]) { everyone.socketsLeave(rooms) }

    /// Disconnects all sockets.
    /// - Parameter close: also close their connections, which other namespaces may use.
    public func disconnectSockets(close: Bool = false) { everyone.disconnectSockets(close: close) }

    /// The sockets there are, on all servers of a cluster.
    /// - Throws: `ClusterError` when another server does not answer in time.
    public func fetchSockets() async throws -> [RemoteSocket] { try await everyone.fetchSockets() }
}

/// An event for many sockets, being addressed: `io.to("room").except("other").emit("tick", 1)`.
///
/// A value: each step returns a new one and changes nothing. From any thread.
public struct Broadcast: Sendable {
    /// Where the sockets are.
    enum Audience: Sendable {
        case namespace(Namespace)
        case children(ParentNamespace)
    }

    let audience: Audience
    var target = BroadcastTarget()
    var options = EmitOptions()
    /// Not to other servers.
    var isLocal = false

    init(audience: Audience) { self.audience = audience }

    var namespaces: [Namespace] {
        switch audience {
        case .namespace(let namespace): [namespace]
        case .children(let parent): Array(parent.children.values)
        }
    }

    private func changed(_ change: (inout Broadcast) -> Void) -> Broadcast {
        var next = self
        change(&next)
        return next
    }

    // MARK: Whom, and how

    /// Adds rooms; a socket in several of them gets the event once.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func to(_ rooms: String...) -> Broadcast { to(rooms) }

    /// Adds rooms. Of an event that no room was ever added to, everyone hears: a list that may be empty has to be looked
    /// at first where it means nobody.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func to(_ rooms: [String]) -> Broadcast { changed { $0.target.rooms += rooms } }

    /// Adds rooms, as `to` does.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func `in`(_ rooms: String...) -> Broadcast { to(rooms) }

    /// Adds rooms, as `to` does.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func `in`(_ rooms: [String]) -> Broadcast { to(rooms) }

    /// Leaves out the members of rooms.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func except(_ rooms: String...) -> Broadcast { except(rooms) }

    /// Leaves out the members of rooms.
    /// - Parameter rooms: names of rooms, or sockets by their ids.
    public func except(_ rooms: [String]) -> Broadcast { changed { $0.target.excepted += rooms } }

    /// Leaves out clients that cannot take the event at once: for values that a newer one replaces soon.
    public var volatile: Broadcast { changed { $0.options.isVolatile = true } }

    /// Leaves out the clients of other servers of a cluster.
    public var local: Broadcast { changed { $0.isLocal = true } }

    /// Says whether the event may be compressed, where compression is on; it may unless told otherwise.
    /// - Parameter isCompressed: false for what compresses badly, such as pictures.
    public func compress(_ isCompressed: Bool) -> Broadcast {
        changed { $0.options.isCompressed = isCompressed }
    }

    /// For clients that cannot keep up, keeps only the newest event of this key: they get the newest value at their own
    /// pace, and never a queue of old ones.
    /// - Parameter key: what the event is about, e.g. `AAPL`; one for all events with it, whatever their names.
    public func latest(_ key: String) -> Broadcast { changed { $0.options.latestKey = key } }

    /// Sets the time for acks.
    /// - Parameter time: how long clients may take; nil for `SocketOptions.ackTimeout`.
    public func timeout(_ time: Duration?) -> Broadcast { changed { $0.options.timeout = time } }

    // MARK: Sending

    /// Sends the event; it is encoded once for all receivers.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(_ event: String, _ values: repeat each Value) throws {
        try emit(event, EncodedArguments(repeat each values))
    }

    /// Sends the event with arguments as they came from a client. Of a reserved name nothing but `onError` of the server
    /// hears.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: its arguments.
    public func emit(_ event: String, _ arguments: EventArguments) {
        emitOrReport(event, EncodedArguments(arguments))
    }

    /// Sends a typed event.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - payload: what it carries.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emit<Payload: Encodable & Sendable>(_ event: Event<Payload>, _ payload: Payload) throws {
        try emit(event.name, payload)
    }

    func emit(_ event: String, _ arguments: EncodedArguments) throws(ReservedEventName) {
        try ReservedEventName.check(event)
        let event = OutgoingEvent(name: event, arguments: arguments, options: options)
        for namespace in namespaces {
            if !isLocal { namespace.cluster?.broadcast(event, target) }
            namespace.deliver(event, to: target)
        }
    }

    /// Sends the event, or tells the server's error handler why not.
    func emitOrReport(_ event: String, _ arguments: EncodedArguments) {
        do { try emit(event, arguments) } catch {
            guard let namespace = namespaces.first else { return }
            namespace.context.failed(error, event: event, namespace: namespace.name)
        }
    }

    // MARK: The sockets themselves

    /// Makes the sockets join rooms.
    /// - Parameter rooms: their names.
    public func socketsJoin(_ rooms: String...) { socketsJoin(rooms) }

    /// Makes the sockets join rooms.
    /// - Parameter rooms: their names.
    public func socketsJoin(_ rooms: [String]) { ask(.join(rooms: rooms)) }

    /// Makes the sockets leave rooms.
    /// - Parameter rooms: their names.
    public func socketsLeave(_ rooms: String...) { socketsLeave(rooms) }

    /// Makes the sockets leave rooms.
    /// - Parameter rooms: their names.
    public func socketsLeave(_ rooms: [String]) { ask(.leave(rooms: rooms)) }

    /// Disconnects the sockets.
    /// - Parameter close: also close their connections, which other namespaces may use.
    public func disconnectSockets(close: Bool = false) { ask(.disconnect(close: close)) }

    private func ask(_ wish: SocketWish) {
        for namespace in namespaces {
            if !isLocal { namespace.cluster?.ask(wish, target) }
            namespace.perform(wish, on: target)
        }
    }
}

/// What sockets can be made to do from elsewhere.
public enum SocketWish: Sendable, Hashable {
    /// Join rooms.
    case join(rooms: [String])
    /// Leave rooms.
    case leave(rooms: [String])
    /// Disconnect; `close`: with the whole connection.
    case disconnect(close: Bool)
}

extension Namespace {
    /// Sends an event to sockets of this server: encoded once, one post for each loop.
    func deliver(_ event: OutgoingEvent, to target: BroadcastTarget) {
        guard context.options.recovery == nil else { return deliverInOrder(event, to: target) }
        let message = context.writer.event(event.name, event.arguments, namespace: name, event.options)
        onEachLoop { $0.send(event, message, to: target) }
    }

    /// Makes sockets of this server do something.
    func perform(_ wish: SocketWish, on target: BroadcastTarget) {
        onEachLoop { shard in
            for socket in shard.members(target) {
                switch wish {
                case .join(let rooms): socket.join(rooms)
                case .leave(let rooms): socket.leave(rooms)
                case .disconnect(let close): socket.disconnect(close: close)
                }
            }
        }
    }
}
