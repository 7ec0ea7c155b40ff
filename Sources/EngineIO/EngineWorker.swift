package import EngineNet
package import EngineWire

/// One loop's share of an Engine.IO server: its sessions, and the requests that concern them.
package final class EngineWorker: HTTPService {
    /// Bytes written to a WebSocket in one go while a queue drains, so that a ping gets in between.
    static let drainStep = 65_536

    package let loop: EventLoop
    package let options: EngineOptions
    private let loops: [EventLoop]
    /// What is answered beside the engine's own path.
    var routes = HTTPRoutes()
    private let accept: @Sendable (Session) -> any SessionHandler
    private var sessions: [SessionID: Session] = [:]
    package var random = RandomPool()
    private var pollsToAnswer: [Session] = []
    private var isClosed = false
    @safe @exclusivity(unchecked) private var lastMark: UInt64 = 0

    init(
        loop: EventLoop, loops: [EventLoop], options: EngineOptions,
        accept: @escaping @Sendable (Session) -> any SessionHandler
    ) {
        self.loop = loop
        self.loops = loops
        self.options = options
        self.accept = accept
    }

    /// Sessions of this loop.
    package var sessionCount: Int { sessions.count }

    // MARK: Requests

    package func serve(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard request.pathEquals(options.path) else { return routes.serve(request, exchange) }
        let isUpgrade = WebSocketHandshake.isAsked(by: request)
        do {
            try serveEngine(request, exchange, isUpgrade: isUpgrade)
        } catch {
            if isUpgrade {
                exchange.respondAndClose(error.upgradeResponse)
            } else {
                exchange.respond(error.response)
            }
        }
    }

    /// The checks of a request in Node's order: transport, session, its transport, method, protocol version.
    private func serveEngine(
        _ request: HTTPRequest, _ exchange: HTTPExchange, isUpgrade: Bool
    ) throws(EngineError) {
        guard let transport = request.queryValue("transport").flatMap(Transport.init(rawValue:)),
            options.transports.contains(transport)
        else { throw .unknownTransport }
        guard let sid = request.queryValue("sid"), !sid.isEmpty else {
            guard request.method == .get else { throw .badHandshakeMethod }
            guard (transport == .webSocket) == isUpgrade else { throw .badRequest }
            guard request.queryValue("EIO") == "4" else { throw .unsupportedProtocolVersion }
            guard !isClosed else { throw .forbidden }
            return try handshake(request, exchange, transport)
        }
        guard let id = SessionID(sid), id.loop < loops.count else { throw .unknownSession }
        // A connection belongs to its session's loop: it moves there with the request.
        guard id.loop == loop.index else { return exchange.move(request, to: loops[id.loop]) }
        guard let session = sessions[id] else { throw .unknownSession }
        if isUpgrade {
            guard transport == .webSocket, options.allowUpgrades else { throw .badRequest }
            session.offered(try openWebSocket(request, exchange))
            return
        }
        guard session.transport == transport, transport == .polling else { throw .badRequest }
        switch request.method {
        case .get: session.polled(exchange)
        case .post: session.posted(request, exchange)
        default: exchange.respond(HTTPResponse(status: 500))
        }
    }

    private func handshake(
        _ request: HTTPRequest, _ exchange: HTTPExchange, _ transport: Transport
    ) throws(EngineError) {
        let webSocket = transport == .webSocket ? try openWebSocket(request, exchange) : nil
        let id = SessionID(loop: loop.index, random: &random)
        let session = Session(
            id: id, request: request, peer: exchange.peer, transport: transport, engine: self)
        sessions[id] = session
        if let webSocket { session.openWebSocket(webSocket) } else { session.openPolling(exchange) }
        session.setHandler(accept(session))
        session.startWebSocket()
    }

    private func openWebSocket(
        _ request: HTTPRequest, _ exchange: HTTPExchange
    ) throws(EngineError) -> WebSocketConnection {
        var limits = WebSocketLimits()
        limits.message = options.maxPayload
        limits.fragments = options.maxFragments
        guard let handshake = try? WebSocketHandshake(request),
            let webSocket = exchange.openWebSocket(handshake, limits: limits)
        else { throw .badRequest }
        return webSocket
    }

    /// `0{"sid":…}`: the first packet of a session, its keys in Node's order.
    func openPacket(_ session: Session, upgrades: Bool) -> [UInt8] {
        let upgrades = upgrades && options.transports.contains(.webSocket) ? "\"websocket\"" : ""
        let interval = options.pingInterval.wholeMilliseconds
        let timeout = options.pingTimeout.wholeMilliseconds
        return Array(
            "0{\"sid\":\"\(session.id)\",\"upgrades\":[\(upgrades)],\"pingInterval\":\(interval),\"pingTimeout\":\(timeout),\"maxPayload\":\(options.maxPayload)}"
                .utf8)
    }

    // MARK: Sessions

    func forget(_ session: Session) { sessions[session.id] = nil }

    func answerPollAtTurnEnd(_ session: Session) {
        if pollsToAnswer.isEmpty { loop.atTurnEnd(self) }
        pollsToAnswer.append(session)
    }

    /// Refuses new sessions and closes those there are.
    func close() {
        isClosed = true
        for session in Array(sessions.values) { session.close(discarding: false) }
    }

    /// Ends what `close` has left.
    func abort() {
        for session in Array(sessions.values) { session.close(discarding: true) }
    }
}

extension EngineWorker: TurnEndWork {
    package func turnEnds() {
        let sessions = pollsToAnswer
        pollsToAnswer = []
        for session in sessions { session.turnEnds() }
    }
}

extension EngineWorker {
    /// A mark that no session has yet: `broadcastMark` equal to it means reached or excepted.
    package func newBroadcastMark() -> UInt64 {
        lastMark += 1
        return lastMark
    }

    /// Sends one message to many sessions of this loop. Those that can take it at once get a place in the
    /// loop's log, which holds the bytes once.
    ///
    /// This is the hot loop of a fan-out. `members` are kept alive by their rooms for the length of the call.
    package func send(
        _ message: PreparedMessage, to members: borrowing ContiguousArray<Unmanaged<Session>>, mark: UInt64,
        volatile: Bool
    ) {
        guard unsafe !members.isEmpty else { return }
        loop.makeRoom()
        let start = loop.log.count
        loop.log.append(message.frames)
        let end = loop.log.count
        var others: [Session] = []
        for i in unsafe members.indices {
            unsafe members[i]._withUnsafeGuaranteedRef { session in
                if mark != 0 {
                    if session.broadcastMark == mark { return }
                    session.broadcastMark = mark
                }
                if let link = unsafe session.direct {
                    let isDone = unsafe link._withUnsafeGuaranteedRef { tcp in
                        if tcp.isBlocked { return false }
                        tcp.add(start, end)
                        return true
                    }
                    if isDone { return }
                }
                others.append(session)
            }
        }
        for session in others where !volatile || session.isWritable { session.send(message) }
    }
}
