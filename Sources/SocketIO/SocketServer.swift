public import EngineIO
internal import Synchronization

/// A Socket.IO server: the API that applications use.
///
/// ```swift
/// let io = SocketServer()
/// io.onConnection { socket in
///     socket.on("chat") { event in io.emit("chat", event.arguments) }
/// }
/// try io.listen(port: 3000)
/// ```
public final class SocketServer: Sendable {
    public let options: SocketOptions
    /// The Engine.IO server below.
    public let engine: EngineServer
    private let core: ServerCore
    private let box: CoreBox

    /// Makes a server and starts its loops.
    public init(options: SocketOptions = SocketOptions()) {
        self.options = options
        let box = CoreBox()
        self.box = box
        engine = EngineServer(options: options.engine, accept: { session in box.accept(session) })
        core = ServerCore(options: options, loops: engine.loops)
        box.core.withLock { [core] in $0 = core }
    }

    /// The namespace `/`.
    public var root: Namespace { core.root }

    /// A namespace; made if it is new.
    public func of(_ name: String) -> Namespace { core.namespace(name) }

    /// Calls back for each socket that connects to `/`, on the socket's loop.
    public func onConnection(_ handler: @escaping @Sendable (Socket) -> Void) { root.onConnection(handler) }

    /// Calls back when a handler throws, with the error and the event's name.
    public func onError(_ handler: @escaping @Sendable (any Error, String, Socket) -> Void) {
        core.setErrorHandler(handler)
    }
}

// MARK: Running

extension SocketServer {
    /// Sets what the server answers besides Socket.IO. Call before `listen`.
    public func serve(_ routes: HTTPRoutes) { engine.serve(routes) }

    /// Begins to accept connections.
    /// - Parameters:
    ///   - host: a numeric address, or `localhost`.
    ///   - port: 0 for any that is free.
    ///   - tls: serves `https` and `wss` with this certificate; nil for `http` and `ws`.
    /// - Returns: the address, with the port that was bound.
    @discardableResult
    public func listen(host: String = "0.0.0.0", port: Int, tls: TLSContext? = nil) throws -> SocketAddress {
        try engine.listen(host: host, port: port, tls: tls)
    }

    /// Disconnects all clients with `server shutting down`, and ends the server's threads.
    /// - Parameter grace: how long clients may take to get what is queued for them.
    public func close(grace: Duration = .seconds(1)) async {
        core.close()
        await engine.close(grace: grace)
        // The engine's share of a namespace leads back to the engine: here that circle ends.
        box.core.withLock { $0 = nil }
    }

    /// Listens and serves until the process is told to end (SIGINT or SIGTERM), then closes.
    public func run(host: String = "0.0.0.0", port: Int, tls: TLSContext? = nil) async throws {
        try listen(host: host, port: port, tls: tls)
        await engine.untilTerminated()
        await close()
    }

    /// Sends an event to everyone in `/`.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(_ event: String, _ values: repeat each Value) throws {
        try root.emit(event, repeat each values)
    }

    /// Sends an event to everyone in `/`, with arguments as they came from a client.
    public func emit(_ event: String, _ arguments: EventArguments) { root.everyone.emit(event, arguments) }

    /// The members of rooms of `/` (or sockets by their ids).
    public func to(_ rooms: String...) -> Broadcast { root.everyone.to(rooms) }
}

/// Where the engine finds the core, which needs the engine's loops and so is made after it.
private final class CoreBox: Sendable {
    let core = Mutex<ServerCore?>(nil)

    func accept(_ session: Session) -> Client {
        guard let core = core.withLock({ $0 }) else {
            preconditionFailure("the engine listens after the server is made")
        }
        return core.accept(session)
    }
}
