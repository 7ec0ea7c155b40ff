package import EngineNet
package import EngineWire

/// One loop's share of an Engine.IO server: its sessions, and the requests that concern them.
package final class EngineWorker: HTTPService, @unchecked Sendable {
    // Proof of sendability: all that changes is touched on `loop` only; tasks of the worker run there.

    /// Bytes written to a WebSocket in one go while a queue drains, so that a ping gets in between.
    static let drainStep = 65_536
    /// Such parts in one turn, for a client that takes them as fast as they come.
    static let drainParts = 4
    /// Bytes of messages in one answer to a poll, unless a single message is larger: a ping waits for no more.
    static let pollStep = 262_144
    /// How long a poll of a client that upgrades may wait for data, as in Node's server.
    static let pollRelease = Duration.milliseconds(100)
    /// From this size on a message is queued instead of written at once, so that pings can overtake it.
    static let bulk = 16_384
    /// Memory for writing packets that is kept.
    static let scratchLimit = 65_536

    package let loop: EventLoop
    package let options: EngineOptions
    private let loops: [EventLoop]
    let admission: EngineAdmission
    let accept: @Sendable (Session) -> any SessionHandler
    @safe @exclusivity(unchecked) var hooks = EngineHooks()
    @safe @exclusivity(unchecked) private var sessions: [SessionID: Session] = [:]
    package var random = RandomPool()
    private var turnEndSessions: [Session] = []
    private(set) var refusesSessions = false
    /// Nil when WebSocket messages are never compressed.
    let compression: CompressionPool?
    let openPacketEnds: (upgradable: [UInt8], final: [UInt8])
    @safe @exclusivity(unchecked) var counters = EngineCounters()
    @safe @exclusivity(unchecked) var lastMark: UInt64 = 0
    /// Where a packet is written before it is sent: its memory serves for the next.
    @safe @exclusivity(unchecked) var scratch: [UInt8] = []

    init(
        loop: EventLoop, loops: [EventLoop], options: EngineOptions, admission: EngineAdmission,
        accept: @escaping @Sendable (Session) -> any SessionHandler
    ) {
        self.loop = loop
        self.loops = loops
        self.options = options
        self.admission = admission
        self.accept = accept
        compression = options.perMessageDeflate.map(CompressionPool.init)
        openPacketEnds = Self.openPacketEnds(options)
    }

    /// Writes a line of the debug log, if it is wanted.
    @inline(__always)
    func debug(_ scope: DebugLog.Scope, _ message: @autoclosure () -> String) {
        options.debug(scope, message())
    }

    // MARK: Requests

    package func serve(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        let request = EngineRequest(request, exchange, hasCustomIDs: admission.directory != nil)
        // A connection belongs to its session's loop: it moves there, before anything else happens.
        if let owner = owner(of: request), owner != loop.index { return exchange.move(to: loops[owner]) }
        debug(.engine, "handling \(request.http.method.name) \(request.isUpgrade ? "upgrade" : "request")")
        exchange.limitBody(to: options.maxPayload)
        // As Node: the status alone.
        exchange.explainsRefusals = false
        if let cors = options.cors {
            guard request.http.method != .options else { return answerPreflight(request, cors) }
            exchange.fields.append(contentsOf: cors.fields(for: request.http))
        }
        guard hooks.middlewares.isEmpty else { return runMiddlewares(request) }
        admit(request)
    }

    private func owner(of request: EngineRequest) -> Int? {
        guard loops.count > 1, let id = request.id else { return nil }
        let owner = id.loop ?? admission.directory?.owner(of: id)
        return owner.flatMap { $0 < loops.count ? $0 : nil }
    }

    private func answerPreflight(_ request: EngineRequest, _ cors: CORSPolicy) {
        request.exchange.fields.append(contentsOf: cors.preflight(for: request.http))
        request.exchange.respond(HTTPResponse(status: 204))
    }

    private func runMiddlewares(_ request: EngineRequest) {
        whileHeld(request) { [self] in
            for (index, middleware) in hooks.middlewares.enumerated() {
                debug(.engine, "applying middleware \(index + 1)")
                var fields = request.exchange.fields
                do {
                    let answer = try await middleware(request.http, &fields)
                    request.exchange.fields = fields
                    if let answer { return { self.answer(answer, request) } }
                } catch {
                    let failure = ConnectionError.middlewareFailure(error)
                    return { self.refuse(failure, request) }
                }
            }
            // Who has left, or was given up, gets no session, and no poll that nobody would end.
            return { if request.exchange.isWaiting { self.admit(request) } }
        }
    }

    private func answer(_ response: HTTPResponse, _ request: EngineRequest) {
        guard request.isUpgrade else { return request.exchange.respond(response) }
        var response = response
        response.fields.append(contentsOf: request.exchange.fields)
        var bytes: [UInt8] = []
        response.encode(keepsConnection: false, withoutBody: false, into: &bytes)
        request.exchange.respondAndClose(bytes)
    }

    func refuse(_ error: ConnectionError, _ request: EngineRequest) {
        guard request.exchange.isWaiting else { return }
        refused(request.http, error)
        if request.isUpgrade {
            request.exchange.respondAndClose(error.upgradeResponse)
        } else {
            // The client's next connection leads to a server that stays, which may know its session.
            if refusesSessions { request.exchange.closeBehindAnswer() }
            request.exchange.respond(error.response)
        }
    }

    /// Counts a refusal, and tells of it.
    func refused(_ request: HTTPRequest, _ error: ConnectionError) {
        counters.errors[EngineCounters.ErrorKind(error), default: 0] += 1
        debug(.engine, "refused: \(error.code.message) (\(error.context.name))")
        for hook in hooks.connectionError { hook(error, request) }
    }

    /// The checks of a request in Node's order: transport, origin, session, its transport, method.
    func admit(_ request: EngineRequest) {
        do { try check(request) } catch { refuse(error, request) }
    }

    private func check(_ request: EngineRequest) throws(ConnectionError) {
        guard let transport = request.transport, options.transports.contains(transport) else {
            throw .unknownTransport(request.queryText("transport"))
        }
        if request.isUpgrade { try checkOrigin(request.http) }
        guard !request.isHandshake else { return try beginHandshake(request, transport) }
        guard let id = request.id, let session = sessions[id] else {
            throw .unknownSession(request.queryText("sid"))
        }
        try serve(request, transport, session)
    }

    /// A page of another site must not open WebSockets with its visitor's cookies.
    func checkOrigin(_ request: HTTPRequest) throws(ConnectionError) {
        // Of all `Origin` fields: who sends two must not have the good one looked at alone.
        guard let cors = options.cors, let origin = request.fieldList("Origin") else { return }
        guard cors.allows(origin: origin) || isSameOrigin(origin, host: request.field("host")) else {
            throw .invalidOrigin(origin)
        }
    }

    /// Whether a page's origin is the host that it asks. The scheme is not known behind a proxy.
    private func isSameOrigin(_ origin: String, host: String?) -> Bool {
        guard let host, let scheme = origin.firstRange(of: "://") else { return false }
        return origin[scheme.upperBound...].lowercased() == host.lowercased()
    }

    private func serve(
        _ request: EngineRequest, _ transport: Transport, _ session: Session
    ) throws(ConnectionError) {
        debug(.engine, "new request of \(session.id.tag)")
        if request.isUpgrade {
            guard transport == .webSocket, options.allowUpgrades else {
                throw .noWebSocket("upgrades are not allowed")
            }
            hooks.addFields(to: request.exchange, for: request.http, isInitial: false)
            return session.offered(try openWebSocket(request), isBase64: request.isBase64)
        }
        guard session.transport == transport, transport == .polling else {
            throw .transportMismatch(transport.rawValue, previous: session.transport)
        }
        switch request.http.method {
        case .get: session.polled(request.http, request.exchange)
        case .post: session.posting(request.http, request.exchange)
        default: request.exchange.respond(HTTPResponse(status: 500))
        }
    }

    func openWebSocket(_ request: EngineRequest) throws(ConnectionError) -> WebSocketConnection {
        let handshake: WebSocketHandshake
        do { handshake = try WebSocketHandshake(request.http) } catch { throw .noWebSocket(error.reason) }
        var web = WebSocketOptions()
        web.limits.message = options.maxPayload
        web.limits.fragments = options.maxFragments
        if !handshake.subprotocols.isEmpty, let chosen = options.subprotocol(handshake.subprotocols),
            handshake.subprotocols.contains(chosen)
        {
            web.fields.append("Sec-WebSocket-Protocol", chosen)
        }
        if let compression, let (agreement, field) = compression.agree(request.http) {
            web.fields.append("Sec-WebSocket-Extensions", field)
            web.compression = (agreement, compression.inflater(for: agreement))
        }
        guard let webSocket = request.exchange.openWebSocket(handshake, web) else {
            throw .noWebSocket("the client has gone")
        }
        return webSocket
    }

    // MARK: Sessions

    /// Sessions of this loop.
    package var sessionCount: Int { sessions.count }

    func add(_ session: Session) {
        sessions[session.id] = session
        counters.handshakes[session.transport, default: 0] += 1
    }

    func forget(_ session: Session, _ reason: CloseReason) {
        guard sessions.removeValue(forKey: session.id) != nil else { return }
        admission.directory?.release(session.id)
        admission.leave(session)
        counters.closes[reason, default: 0] += 1
    }

    /// Has `session.turnEnds()` called when this turn's events are done.
    func atTurnEnd(_ session: Session) {
        if turnEndSessions.isEmpty { loop.atTurnEnd(self) }
        turnEndSessions.append(session)
    }

    /// Refuses new sessions.
    func refuseSessions() { refusesSessions = true }

    /// Refuses new sessions and closes those there are.
    func close() {
        refuseSessions()
        debug(.engine, "closing all open clients")
        for session in Array(sessions.values) { session.close(discarding: false) }
    }

    /// Ends what `close` has left.
    func abort() {
        for session in Array(sessions.values) { session.close(discarding: true) }
    }

    /// What this loop counted, and what its sessions hold now.
    var metrics: EngineMetrics {
        var metrics = EngineMetrics(counters)
        metrics.loops = [loop.takeLoad()]
        for session in sessions.values {
            metrics.sessions[session.transport, default: 0] += 1
            metrics.queuedBytes += session.queuedBytes
        }
        return metrics
    }
}

extension EngineWorker: TurnEndWork {
    package func turnEnds() {
        for session in exchange(&turnEndSessions, with: []) { session.turnEnds() }
    }
}
