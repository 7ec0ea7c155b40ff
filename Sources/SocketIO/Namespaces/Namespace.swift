internal import EngineIO
internal import Synchronization

/// Refuses a client's connection to a namespace; the client gets it as `connect_error`.
public struct ConnectionRefused: Error, Sendable {
    /// What the client reads as `error.message`.
    public var message: String
    /// What the client reads as `error.data`. The default parser writes binary values in it as Node's does: as an object
    /// with their bytes, `{"type":"Buffer","data":[1,2]}`.
    public var data: JSONValue?

    /// Refuses with a message and, where that helps the client, data.
    /// - Parameters:
    ///   - message: what the client reads as `error.message`.
    ///   - data: what the client reads as `error.data`.
    public init(_ message: String, data: JSONValue? = nil) {
        self.message = message
        self.data = data
    }
}

/// A part of the server with its own sockets, rooms and handlers; `/` is the one that clients join by default.
///
/// From any thread.
public final class Namespace: Sendable {
    /// Decides whether a socket may connect: throws `ConnectionRefused` if not. Of another error the client learns
    /// nothing but that it was refused; `SocketServer.onError` gets it.
    ///
    /// Up to 256 events that it sends to the socket wait until that is connected, and are dropped if it is refused. So
    /// an answer to one of them is not to be awaited here.
    public typealias Middleware = @Sendable (Socket) async throws -> Void

    struct Setup {
        var middlewares: [Middleware] = []
        var connectionHandlers: [@Sendable (Socket) -> Void] = []
        var watchers: RoomWatchers?
        var serverSide = ServerSideHandlers()
    }

    /// Begins with a slash.
    public let name: String
    private let nameBytes: [UInt8]
    /// What the placeholders of the pattern stood for that the name matched; empty for other namespaces.
    public let captures: [String: String]
    let parent: ParentNamespace?
    /// Whether a client's wish made it, because its name matched: it may go with its last socket.
    let isOnDemand: Bool
    let context: ServerContext
    let setup = Mutex(Setup())
    let shards: [NamespaceShard]
    /// The way to other servers; nil when there are none.
    let cluster: NamespaceCluster?
    /// Sockets that are or become members: a child goes when there are none. Kept by the table of namespaces.
    let population = Mutex(0)
    private let lastAckID = Atomic<Int>(-1)
    /// The number of the last broadcast, where broadcasts are put in order.
    let broadcastOrder = Mutex<UInt64>(0)
    /// The loops of clients that may come back, by their secret names.
    let recoverable = Mutex<[String: Int]>([:])

    /// Whether these are the bytes of the name.
    func isSpelt(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count == nameBytes.count else { return false }
        for i in bytes.indices where bytes[i] != nameBytes[i] { return false }
        return true
    }

    init(
        name: String, context: ServerContext, parent: ParentNamespace? = nil,
        captures: [String: String] = [:],
        isOnDemand: Bool = false
    ) {
        self.name = name
        nameBytes = Array(name.utf8)
        self.isOnDemand = isOnDemand
        self.parent = parent
        self.captures = captures
        self.context = context
        shards = context.loops.enumerated().map { index, loop in
            NamespaceShard(
                name: name, loop: loop, index: index, context: context,
                recovery: context.options.recovery.map { ShardRecovery($0, loop: index) })
        }
        cluster = context.options.adapter.map { _ in NamespaceCluster() }
        if let adapter = context.options.adapter { cluster?.start(self, adapter) }
    }

    func shard(_ index: Int) -> NamespaceShard { shards[index] }

    /// Runs an action for every loop's share: here at once, elsewhere as soon as it gets there.
    func onEachLoop(_ action: @escaping @Sendable (NamespaceShard) -> Void) {
        for shard in shards { shard.loop.run { action(shard) } }
    }

    /// Asks every loop's share, in the order of the loops.
    func gather<Answer: Sendable>(_ ask: @escaping @Sendable (NamespaceShard) -> Answer) async -> [Answer] {
        var answers: [Answer] = []
        for shard in shards {
            let answer: Answer? = await withCheckedContinuation { continuation in
                let isTaken = shard.loop.offer { continuation.resume(returning: ask(shard)) }
                if !isTaken { continuation.resume(returning: nil) }
            }
            if let answer { answers.append(answer) }
        }
        return answers
    }

    /// Calls back for each socket that connects, on the socket's loop.
    /// - Parameter handler: adds the socket's handlers; must not block.
    public func onConnection(_ handler: @escaping @Sendable (Socket) -> Void) {
        setup.withLock { $0.connectionHandlers.append(handler) }
    }

    /// Adds a check that sockets must pass before they connect, in the order of the calls.
    /// - Parameter middleware: throws `ConnectionRefused` to keep the socket out.
    public func use(_ middleware: @escaping Middleware) {
        setup.withLock { $0.middlewares.append(middleware) }
    }

    var middlewares: [Middleware] {
        let own = setup.withLock { $0.middlewares }
        return parent.map { $0.middlewares + own } ?? own
    }

    var connectionHandlers: [@Sendable (Socket) -> Void] {
        let own = setup.withLock { $0.connectionHandlers }
        return parent.map { $0.connectionHandlers + own } ?? own
    }

    /// A number for the next event that wants an ack.
    func nextAckID() -> Int { lastAckID.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Sockets connected to the namespace on this server now, over all loops.
    public func socketCount() async -> Int { await gather { $0.sockets.count }.reduce(0, +) }
}

// MARK: Broadcasting to the namespace

extension Namespace: BroadcastSource {
    /// Everyone in the namespace.
    public var everyone: Broadcast { Broadcast(audience: .namespace(self)) }
}
