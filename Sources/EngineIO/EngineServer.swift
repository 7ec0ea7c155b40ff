public import EngineNet
internal import EngineWire
internal import Synchronization

/// An Engine.IO server: sessions over HTTP long-polling and WebSocket, on all cores.
///
/// ```swift
/// let server = EngineServer { session in
///     session.onMessage { message in session.send(message) }
///     session.onClose { reason in print("\(session.address) left: \(reason.rawValue)") }
/// }
/// try server.listen(port: 3000)
/// ```
///
/// Or without callbacks:
///
/// ```swift
/// let server = EngineServer()
/// try server.listen(port: 3000)
/// for await session in server.sessions {
///     Task {
///         for await message in session.messages { session.send(message) }
///         print("\(session.address) left")
///     }
/// }
/// ```
///
/// Its threads run from the moment when it is made until `close()`: a server that is only let go of keeps them.
public final class EngineServer: Sendable {
    /// What the server was made with.
    public let options: EngineOptions
    /// The HTTP server that carries the engine.
    public let http: HTTPServer
    /// New sessions, each once, for one reader: of a server made without a callback. Sessions wait until they are
    /// read, also those that end meanwhile; beyond `AdmissionLimits.sessions` of them a new one is closed.
    public let sessions: AsyncStream<Session>
    private let endSessions: @Sendable () -> Void
    package let workers: [LoopBound<EngineWorker>]
    /// Counts the sessions without a connection, which take the loops in turn.
    let localSessions = Atomic<Int>(0)
    private let isClosed = Atomic<Bool>(false)

    /// Makes a server whose sessions are read from `sessions`.
    /// - Parameters:
    ///   - options: what can be chosen.
    ///   - http: what carries the engine, besides other routes; nil makes one of the engine's own.
    public convenience init(options: EngineOptions = EngineOptions(), on http: HTTPServer? = nil) {
        // Sessions that ended before they were read count as well.
        let (stream, continuation) = AsyncStream.makeStream(
            of: Session.self, bufferingPolicy: .bufferingOldest(options.admission.sessions))
        self.init(
            options: options, on: http, sessions: stream, endSessions: { continuation.finish() },
            accept: { session in
                let handler = SessionCallbacks()
                let inbox = SessionInbox(session)
                handler.inbox = inbox
                session.inbox = inbox.stream
                if case .dropped = continuation.yield(session) {
                    // When it is whole: the handler of this session is what is made here.
                    session.loop.execute { session.close(discarding: true) }
                }
                return handler
            })
    }

    /// Makes a server that calls back for each new session.
    /// - Parameters:
    ///   - options: what can be chosen.
    ///   - http: what carries the engine, besides other routes; nil makes one of the engine's own.
    ///   - onConnection: called on the session's loop, before any message of the session is read.
    public convenience init(
        options: EngineOptions = EngineOptions(), on http: HTTPServer? = nil,
        onConnection: @escaping @Sendable (Session) -> Void
    ) {
        self.init(options: options, on: http) { session in
            let callbacks = SessionCallbacks()
            session.setHandler(callbacks)
            onConnection(session)
            return callbacks
        }
    }

    package convenience init(
        options: EngineOptions, on http: HTTPServer? = nil,
        accept: @escaping @Sendable (Session) -> any SessionHandler
    ) {
        let (none, continuation) = AsyncStream.makeStream(of: Session.self)
        continuation.finish()
        self.init(options: options, on: http, sessions: none, endSessions: {}, accept: accept)
    }

    private init(
        options: EngineOptions, on http: HTTPServer?, sessions: AsyncStream<Session>,
        endSessions: @escaping @Sendable () -> Void,
        accept: @escaping @Sendable (Session) -> any SessionHandler
    ) {
        let http = http ?? HTTPServer(options: options.http, loops: options.loops)
        let loops = http.group.loops
        precondition(loops.count <= 256, "a session id has room for 256 loops")
        self.options = options
        self.http = http
        self.sessions = sessions
        self.endSessions = endSessions
        let workers = loops.map { LoopBound<EngineWorker>(loop: $0) }
        self.workers = workers
        let admission = EngineAdmission(options, proxies: http.options.connections.trustedProxies)
        http.mount(at: options.requestPath) { loop in
            let worker = EngineWorker(
                loop: loop, loops: loops, options: options, admission: admission, accept: accept)
            workers[loop.index].set(worker)
            return worker
        }
    }

    func onEachLoop(_ action: @escaping @Sendable (EngineWorker) -> Void) {
        for worker in workers { worker.loop.execute { worker.get().map(action) } }
    }

    // MARK: Running

    /// Sets what the server answers besides its own path. Call before `listen`.
    public func serve(_ routes: HTTPRoutes) { http.serve(routes) }

    /// Begins to accept connections.
    /// - Parameters:
    ///   - host: a numeric address, or `localhost`.
    ///   - port: 0 for any that is free.
    ///   - tls: serves `https` and `wss` with this certificate; nil for `http` and `ws`.
    /// - Returns: the address, with the port that was bound.
    /// - Throws: what the system says, e.g. that the address is in use; and when the server has been closed.
    @discardableResult
    public func listen(
        host: String = "0.0.0.0", port: Int, tls: TLSContext? = nil
    ) throws(NetError) -> SocketAddress {
        guard !isClosed.load(ordering: .acquiring) else { throw .serverClosed(host, port) }
        return try http.listen(host: host, port: port, tls: tls)
    }

    /// Refuses new sessions from now on; those there are go on.
    package func refuseSessions() { onEachLoop { $0.refuseSessions() } }

    /// Closes all sessions and refuses new ones, and leaves the HTTP server as it is.
    /// - Parameter grace: how long sessions may take to get what is queued for them.
    public func closeSessions(grace: Duration = .seconds(1)) async {
        isClosed.store(true, ordering: .releasing)
        onEachLoop { $0.close() }
        let deadline = ContinuousClock.now + grace
        while await sessionCount() > 0, ContinuousClock.now < deadline {
            // Asked now and then: sessions end one by one, each on its loop.
            try? await Task.sleep(for: .milliseconds(10))
        }
        onEachLoop { $0.abort() }
        // Asked behind it, on every loop: all sessions have heard of their end.
        _ = await sessionCount()
        endSessions()
    }

    /// Stops accepting, closes all sessions, and ends the HTTP server with its threads. Not to be called on one of the
    /// loops.
    /// - Parameter grace: how long sessions may take to get what is queued for them, and requests to be answered.
    public func close(grace: Duration = .seconds(1)) async {
        let deadline = ContinuousClock.now + grace
        // A client that polls needs its idle connection to fetch its last messages.
        http.stopAccepting()
        await closeSessions(grace: grace)
        http.close()
        await http.finish(until: deadline)
        await http.stop()
    }

    // MARK: Figures

    /// Sessions open now, over all loops.
    public func sessionCount() async -> Int { await gather { $0.sessionCount }.reduce(0, +) }

    /// What the server counts, over all loops.
    public func metrics() async -> EngineMetrics {
        var metrics = EngineMetrics()
        for share in await gather({ $0.metrics }) { metrics.add(share) }
        metrics.http = await http.metrics()
        return metrics
    }

    /// Asks every loop's worker and collects the answers, in the order of the loops.
    package func gather<Answer: Sendable>(_ ask: @escaping @Sendable (EngineWorker) -> Answer) async
        -> [Answer]
    {
        var answers: [Answer] = []
        for worker in workers {
            if let answer = await worker.ask(ask) { answers.append(answer) }
        }
        return answers
    }
}
