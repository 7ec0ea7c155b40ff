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
///
/// Its threads run from the moment when it is made until `close()`: a server that is only let go of keeps them. `run`
/// closes by itself.
public final class SocketServer: Sendable {
    /// What was chosen when the server was made.
    public let options: SocketOptions
    /// The Engine.IO server below.
    public let engine: EngineServer
    private let context: ServerContext
    private let namespaces: NamespaceTable
    private let clients: ClientTable
    private let entrance: Entrance
    /// Whether the HTTP server was made here.
    private let ownsHTTP: Bool

    /// Makes a server and starts its loops.
    /// - Parameters:
    ///   - options: what can be chosen.
    ///   - http: what carries the server, besides other routes, and stays when the server closes; nil makes one of the
    ///     server's own.
    public init(options: SocketOptions = SocketOptions(), on http: HTTPServer? = nil) {
        self.options = options
        ownsHTTP = http == nil
        let entrance = Entrance()
        self.entrance = entrance
        engine = EngineServer(options: options.engine, on: http, accept: { entrance.accept($0) })
        context = ServerContext(options: options, loops: engine.loops)
        namespaces = NamespaceTable(context: context)
        clients = ClientTable(context: context, namespaces: namespaces)
        entrance.open(clients)
        options.clientFiles?.serve(on: engine)
    }

    /// Calls back for each socket that connects to `/`, on the socket's loop.
    /// - Parameter handler: adds the socket's handlers; must not block.
    public func onConnection(_ handler: @escaping @Sendable (Socket) -> Void) { root.onConnection(handler) }

    /// Adds a check that sockets must pass before they connect to `/`, in the order of the calls.
    /// - Parameter middleware: throws `ConnectionRefused` to keep the socket out.
    public func use(_ middleware: @escaping Namespace.Middleware) { root.use(middleware) }

    /// Calls back when a handler or a middleware throws, in place of what was set before. Errors that concern no socket
    /// are not told here; `onError` with an `ErrorContext` hears of all.
    /// - Parameter handler: gets the error, the event's name (`connection` for a namespace's middleware) and the socket.
    public func onError(_ handler: @escaping @Sendable (any Error, String, Socket) -> Void) {
        context.setErrorHandler { error, context in
            if let socket = context.socket { handler(error, context.event, socket) }
        }
    }

    /// Calls back for each error of the application's own that nobody else hears of, in place of what was set before:
    /// what a handler, a middleware or the function of `of(where:)` throws, and events that could not be sent by a
    /// method that does not throw.
    /// - Parameter handler: gets the error and where it occurred, on any thread.
    public func onError(_ handler: @escaping @Sendable (any Error, ErrorContext) -> Void) {
        context.setErrorHandler(handler)
    }
}

// MARK: Namespaces

extension SocketServer {
    /// The namespace `/`.
    public var root: Namespace { namespaces.root }

    /// A namespace; made if it is new.
    /// - Parameter name: begins with a slash, which is added if it is missing.
    public func of(_ name: String) -> Namespace { namespaces.namespace(name) }

    /// Namespaces whose names a regular expression finds; each is made for its first client.
    /// - Parameter regex: found anywhere in the name unless it is anchored with `^` and `$`.
    public func of<Output>(_ regex: sending Regex<Output>) -> ParentNamespace {
        let regex = SharedRegex(regex)
        return parent(.regex { regex.isFound(in: $0) })
    }

    /// Namespaces whose names fit a pattern, e.g. `/games/{id}`; each is made for its first client. What the
    /// placeholders stand for is in `Namespace.captures`.
    /// - Parameter pattern: each placeholder stands for one or more characters that are no slash.
    public func of(pattern: String) -> ParentNamespace { parent(.pattern(NamespacePattern(pattern))) }

    /// Namespaces that a function allows; each is made for its first client.
    /// - Parameter isAllowed: gets the name and the client's `auth` object. What it throws refuses the client: with its words if
    ///   it is a `ConnectionRefused`; another error goes to `onError`.
    public func of(
        where isAllowed: @escaping @Sendable (_ name: String, _ auth: JSONValue) async throws -> Bool
    ) -> ParentNamespace {
        parent(.predicate(isAllowed))
    }

    private func parent(_ matcher: NamespaceMatcher) -> ParentNamespace {
        let parent = ParentNamespace(matcher)
        namespaces.add(parent)
        return parent
    }

    /// Calls back for each namespace that is made from now on.
    /// - Parameter handler: must not block.
    public func onNewNamespace(_ handler: @escaping @Sendable (Namespace) -> Void) {
        namespaces.onNewNamespace(handler)
    }
}

/// What is sent from the server goes to `/`.
extension SocketServer: BroadcastSource {
    /// Everyone in `/`.
    public var everyone: Broadcast { root.everyone }
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
    /// - Throws: `NetError` with what the system says, e.g. that the address is in use; and when the server has been
    ///   closed.
    @discardableResult
    public func listen(host: String = "0.0.0.0", port: Int, tls: TLSContext? = nil) throws -> SocketAddress {
        try engine.listen(host: host, port: port, tls: tls)
    }

    /// Disconnects all clients with `server shutting down`, and lets no more in: clients that come are answered with
    /// status 503. The HTTP server ends with its threads if it was made here; one that was given to `init` goes on with
    /// all else that is on it.
    /// - Parameters:
    ///   - drain: send the clients away one by one, evenly over this time, so that they do not all come to the next
    ///     server at once. New ones are not let in meanwhile.
    ///   - grace: how long clients may take to get what is queued for them.
    ///   - endsHTTP: whether the HTTP server ends too; nil for: only if it was made here.
    public func close(
        drain: Duration = .zero, grace: Duration = .seconds(1), withHTTP endsHTTP: Bool? = nil
    ) async {
        let endsHTTP = endsHTTP ?? ownsHTTP
        if drain > .zero {
            if endsHTTP { engine.http.stopAccepting() }
            engine.refuseSessions()
            await clients.drain(over: drain)
        }
        clients.close()
        if endsHTTP { await engine.close(grace: grace) } else { await engine.closeSessions(grace: grace) }
        for namespace in namespaces.all { namespace.cluster?.close() }
        // The engine's share of a namespace leads back to the engine: here that circle ends.
        entrance.close()
    }

    /// Listens and serves until the process is told to end (SIGINT or SIGTERM), then closes, with the HTTP server whosever
    /// it is.
    /// - Parameters:
    ///   - host: a numeric address, or `localhost`.
    ///   - port: 0 for any that is free.
    ///   - tls: serves `https` and `wss` with this certificate; nil for `http` and `ws`.
    ///   - drain: over how long clients are sent away at the end, one by one.
    /// - Throws: what `listen` throws.
    public func run(
        host: String = "0.0.0.0", port: Int, tls: TLSContext? = nil, drain: Duration = .zero
    ) async throws {
        try listen(host: host, port: port, tls: tls)
        await engine.untilTerminated()
        await close(drain: drain, withHTTP: true)
    }
}

/// Where the engine finds the clients' table, which needs the engine's loops and so is made after it.
private final class Entrance: Sendable {
    private let clients = Mutex<ClientTable?>(nil)

    func open(_ clients: ClientTable) { self.clients.withLock { $0 = clients } }
    func close() { clients.withLock { $0 = nil } }

    func accept(_ session: Session) -> Client {
        guard let clients = clients.withLock({ $0 }) else {
            preconditionFailure("the engine listens after the server is made")
        }
        return clients.accept(session)
    }
}
