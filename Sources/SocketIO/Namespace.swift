internal import EngineIO
internal import Synchronization

/// Refuses a client's connection to a namespace; the client gets it as `connect_error`.
public struct ConnectionRefused: Error, Sendable {
    /// What the client reads as `error.message`.
    public var message: String
    /// What the client reads as `error.data`.
    public var data: JSONValue?

    public init(_ message: String, data: JSONValue? = nil) {
        self.message = message
        self.data = data
    }
}

/// A part of the server with its own sockets, rooms and handlers; `/` is the one that clients join by default.
///
/// From any thread.
public final class Namespace: Sendable {
    /// Decides whether a socket may connect: throws `ConnectionRefused` if not.
    public typealias Middleware = @Sendable (Socket) async throws -> Void

    private struct Setup {
        var middlewares: [Middleware] = []
        var connectionHandlers: [@Sendable (Socket) -> Void] = []
        var lastAckID = 0
    }

    /// Begins with a slash.
    public let name: String
    private let setup = Mutex(Setup())
    private let shards: [NamespaceShard]

    init(name: String, loops: [LoopHandle]) {
        self.name = name
        shards = loops.map { NamespaceShard(loop: $0) }
    }

    func shard(_ index: Int) -> NamespaceShard { shards[index] }

    /// Runs an action for every loop's share: here at once, elsewhere as soon as it gets there.
    func onEachLoop(_ action: @escaping @Sendable (NamespaceShard) -> Void) {
        for shard in shards { shard.loop.run { action(shard) } }
    }

    /// Calls back for each socket that connects, on the socket's loop.
    public func onConnection(_ handler: @escaping @Sendable (Socket) -> Void) {
        setup.withLock { $0.connectionHandlers.append(handler) }
    }

    /// Adds a check that sockets must pass before they connect, in the order of the calls.
    public func use(_ middleware: @escaping Middleware) {
        setup.withLock { $0.middlewares.append(middleware) }
    }

    var middlewares: [Middleware] { setup.withLock { $0.middlewares } }
    var connectionHandlers: [@Sendable (Socket) -> Void] { setup.withLock { $0.connectionHandlers } }

    /// A number for the next event that wants an ack.
    func nextAckID() -> Int {
        setup.withLock { setup in
            setup.lastAckID += 1
            return setup.lastAckID - 1
        }
    }
}

// MARK: Broadcasting to the namespace

extension Namespace {
    /// Everyone in the namespace.
    public var everyone: Broadcast { Broadcast(namespace: self) }

    /// The members of rooms (or sockets by their ids).
    public func to(_ rooms: String...) -> Broadcast { everyone.to(rooms) }

    /// Everyone but the members of rooms (or sockets by their ids).
    public func except(_ rooms: String...) -> Broadcast { everyone.except(rooms) }

    /// Everyone who can take the event at once.
    public var volatile: Broadcast { everyone.volatile }

    /// Sends an event to everyone.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(_ event: String, _ values: repeat each Value) throws {
        try everyone.emit(event, repeat each values)
    }

    /// Sockets connected to the namespace now, over all loops.
    public func socketCount() async -> Int {
        var count = 0
        for shard in shards {
            count += await withCheckedContinuation { continuation in
                let isTaken = shard.loop.offer { continuation.resume(returning: shard.sockets.count) }
                if !isTaken { continuation.resume(returning: 0) }
            }
        }
        return count
    }
}
