public import EngineNet
internal import EngineWire

/// An Engine.IO server: sessions over HTTP long-polling and WebSocket, on all cores.
///
/// ```swift
/// let server = EngineServer { session in
///     session.onMessage { message in session.send(message) }
/// }
/// try server.listen(host: "0.0.0.0", port: 3000)
/// ```
public final class EngineServer: Sendable {
    public let options: EngineOptions
    /// The threads that the server runs on.
    public let group: EventLoopGroup
    private let http: HTTPServer
    package let workers: [LoopBound<EngineWorker>]

    /// Makes a server that calls `onConnection` for each new session, on the session's loop.
    public convenience init(
        options: EngineOptions = EngineOptions(), onConnection: @escaping @Sendable (Session) -> Void
    ) {
        let accept: @Sendable (Session) -> any SessionHandler = { session in
            let callbacks = SessionCallbacks()
            session.setHandler(callbacks)
            onConnection(session)
            return callbacks
        }
        self.init(options: options, accept: accept)
    }

    package init(options: EngineOptions, accept: @escaping @Sendable (Session) -> any SessionHandler) {
        self.options = options
        let group = EventLoopGroup(count: options.loops)
        precondition(group.loops.count <= 256, "a session id has room for 256 loops")
        let workers = group.loops.map { LoopBound<EngineWorker>(loop: $0) }
        self.group = group
        self.workers = workers
        var http = options.http
        http.limits.body = options.maxPayload
        self.http = HTTPServer(group: group, options: http) { loop in
            let worker = EngineWorker(
                loop: loop, loops: group.loops, options: options, accept: accept)
            workers[loop.index].set(worker)
            return worker
        }
    }

    /// Sets what the server answers besides its own path. Call before `listen`.
    public func serve(_ routes: HTTPRoutes) {
        for worker in workers { worker.loop.execute { worker.get()?.routes = routes } }
    }

    /// Begins to accept connections.
    /// - Parameters:
    ///   - host: a numeric address, or `localhost`.
    ///   - port: 0 for any that is free.
    ///   - tls: serves `https` and `wss` with this certificate; nil for `http` and `ws`.
    /// - Returns: the address, with the port that was bound.
    @discardableResult
    public func listen(host: String = "0.0.0.0", port: Int, tls: TLSContext? = nil) throws(NetError)
        -> SocketAddress
    {
        try http.listen(SocketAddress(host: host == "localhost" ? "127.0.0.1" : host, port: port), tls: tls)
    }

    /// Stops accepting, closes all sessions, and ends the threads. Not to be called on one of the loops.
    /// - Parameter grace: how long sessions may take to get what is queued for them.
    public func close(grace: Duration = .seconds(1)) async {
        http.close()
        for worker in workers { worker.loop.execute { worker.get()?.close() } }
        let deadline = ContinuousClock.now + grace
        while await sessionCount() > 0, ContinuousClock.now < deadline {
            // Asked now and then: sessions end one by one, each on its loop.
            try? await Task.sleep(for: .milliseconds(10))
        }
        for worker in workers { worker.loop.execute { worker.get()?.abort() } }
        let group = self.group
        await Task.detached { group.stop() }.value
    }

    /// Sessions open now, over all loops.
    public func sessionCount() async -> Int { await gather { $0.sessionCount }.reduce(0, +) }

    /// Asks every loop's worker and collects the answers, in the order of the loops.
    package func gather<Answer: Sendable>(_ ask: @escaping @Sendable (EngineWorker) -> Answer) async
        -> [Answer]
    {
        var answers: [Answer] = []
        for worker in workers {
            let answer: Answer? = await withCheckedContinuation { continuation in
                let isTaken = worker.loop.offer { continuation.resume(returning: worker.get().map(ask)) }
                if !isTaken { continuation.resume(returning: nil) }
            }
            if let answer { answers.append(answer) }
        }
        return answers
    }
}

/// Closures as a session's handler: how the library is used without a protocol above it.
final class SessionCallbacks: SessionHandler {
    var message: (@Sendable (Message) -> Void)?
    var close: (@Sendable (CloseReason) -> Void)?

    func received(text: Span<UInt8>) { message?(.text(String(lossy: text))) }

    func received(binary: Span<UInt8>) {
        var bytes: [UInt8] = []
        bytes.append(binary)
        message?(.binary(bytes))
    }

    func closed(_ reason: CloseReason, description: String?) {
        close?(reason)
        (message, close) = (nil, nil)
    }
}

/// A message of a session.
public enum Message: Sendable, Hashable {
    case text(String)
    case binary([UInt8])
}

extension Session {
    /// Calls back for each message, on the session's loop and in order.
    public func onMessage(_ action: @escaping @Sendable (Message) -> Void) {
        guard engine.loop.isCurrent else { return engine.loop.execute { self.onMessage(action) } }
        callbacks?.message = action
    }

    /// Calls back once, when the session is over.
    public func onClose(_ action: @escaping @Sendable (CloseReason) -> Void) {
        guard engine.loop.isCurrent else { return engine.loop.execute { self.onClose(action) } }
        callbacks?.close = action
    }

    /// Sends a message as it came.
    public func send(_ message: Message) {
        switch message {
        case .text(let text): send(text)
        case .binary(let bytes): send(bytes)
        }
    }
}
