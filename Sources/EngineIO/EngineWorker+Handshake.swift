internal import EngineNet
internal import EngineWire

/// How a session begins.
extension EngineWorker {
    /// The checks of a handshake: method, WebSocket, bounds; then what the application says; then the version.
    func beginHandshake(_ request: EngineRequest, _ transport: Transport) throws(ConnectionError) {
        guard request.http.method == .get else { throw .badMethod(request.http.method) }
        guard (transport == .webSocket) == request.isUpgrade else {
            throw .noWebSocket(request.isUpgrade ? "polling needs no upgrade" : "not an upgrade")
        }
        guard !refusesSessions else { throw .shuttingDown }
        let address = admission.client(request.http, peer: request.exchange.peer)
        let lease = try admission.enter(address, now: loop.now)
        var opening = Opening(request: request, transport: transport, lease: lease)
        guard options.allowRequest != nil || options.generateId != nil else {
            try checkVersion(request)
            opening.id = SessionID(loop: loop.index, random: &random)
            return try open(opening)
        }
        ask(opening)
    }

    /// A session on its way in.
    private struct Opening {
        let request: EngineRequest
        let transport: Transport
        let lease: CensusLease
        var id: SessionID?
    }

    private func checkVersion(_ request: EngineRequest) throws(ConnectionError) {
        guard request.version == 4 else { throw .protocolVersion(request.version) }
    }

    /// Asks the application, which may take its time.
    private func ask(_ opening: Opening) {
        let request = opening.request
        whileHeld(request) { [self] in
            var opening = opening
            do {
                if case .refuse(let message, let status) = await options.allowRequest?(request.http) ?? .allow
                {
                    throw ConnectionError.refused(message, status: status)
                }
                try checkVersion(request)
                opening.id = try await newID(request.http)
            } catch {
                let refusal = error as? ConnectionError ?? .idGenerationFailure(error)
                return { self.refuse(refusal, request) }
            }
            let ready = opening
            return { self.openAsked(ready) }
        }
    }

    /// Touches the loop only where the engine makes the id.
    func newID(_ request: HTTPRequest) async throws -> SessionID {
        guard let generate = options.generateId else { return SessionID(loop: loop.index, random: &random) }
        let text = try await generate(request)
        guard let id = SessionID(custom: text) else {
            throw IDFailure("an id is 1 to 128 characters of A-Z a-z 0-9 - _ . ~")
        }
        guard admission.directory?.claim(id, loop: loop.index) ?? false else {
            throw IDFailure("another session has this id")
        }
        return id
    }

    private struct IDFailure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private func openAsked(_ opening: Opening) {
        do { try openIfWaiting(opening) } catch {
            if let id = opening.id { admission.directory?.release(id) }
            refuse(error, opening.request)
        }
    }

    private func openIfWaiting(_ opening: Opening) throws(ConnectionError) {
        guard !refusesSessions else { throw .shuttingDown }
        guard opening.request.exchange.isWaiting else { throw .timeout }
        try open(opening)
    }

    private func open(_ opening: Opening) throws(ConnectionError) {
        let request = opening.request
        // `open` is called with an id. Another one would only be less of a surprise than a crash.
        let id = opening.id ?? SessionID(loop: loop.index, random: &random)
        if let cookie = options.cookie, opening.transport == .polling || cookie.isSetOnWebSockets {
            request.exchange.fields.append("Set-Cookie", cookie.field(value: id.description))
        }
        var webSocket: WebSocketConnection?
        if opening.transport == .webSocket {
            hooks.addFields(to: request.exchange, for: request.http, isInitial: true)
            webSocket = try openWebSocket(request)
        }
        let session = Session(
            id: id, request: request, transport: opening.transport, engine: self)
        opening.lease.keep()
        add(session)
        debug(.engine, "handshake of \(id.tag) over \(opening.transport.rawValue)")
        if let webSocket { session.openWebSocket(webSocket) } else { session.openPolling(request.exchange) }
        session.setHandler(accept(session))
        session.startWebSocket()
    }

    /// `0{"sid":…}`: the first packet of a session, its keys in Node's order.
    func openPacket(_ session: Session, upgrades: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160)
        bytes.append(contentsOf: "0{\"sid\":\"".utf8)
        bytes.append(contentsOf: session.id.description.utf8)
        bytes.append(contentsOf: upgrades ? openPacketEnds.upgradable : openPacketEnds.final)
        return bytes
    }

    /// What stands behind the id in the first packet, with and without an upgrade to offer.
    static func openPacketEnds(_ options: EngineOptions) -> (upgradable: [UInt8], final: [UInt8]) {
        func end(_ upgrades: String) -> [UInt8] {
            let interval = options.pingInterval.wholeMilliseconds
            let timeout = options.pingTimeout.wholeMilliseconds
            return Array(
                "\",\"upgrades\":[\(upgrades)],\"pingInterval\":\(interval),\"pingTimeout\":\(timeout),\"maxPayload\":\(options.maxPayload)}"
                    .utf8)
        }
        return (end(options.transports.contains(.webSocket) ? "\"websocket\"" : ""), end(""))
    }

    /// Runs what the application wrote, with the request's body unread meanwhile, and then on the loop what it
    /// returns; refuses the request when that takes too long, with what ran before for the same request.
    func whileHeld(
        _ request: EngineRequest, _ decide: @escaping @Sendable () async -> @Sendable () -> Void
    ) {
        request.exchange.hold()
        let spent = Duration.milliseconds(loop.now - request.arrival)
        let deadline = schedule(after: options.handshakeTimeout - spent) { [self] in
            refuse(.timeout, request)
        }
        startTask { [self] in
            let act = await decide()
            onLoop {
                deadline.cancel()
                guard request.exchange.isWaiting else { return act() }
                act()
                request.exchange.proceed()
            }
        }
    }

    /// Runs `action` on the loop, at once if the caller is there.
    private func onLoop(_ action: @escaping @Sendable () -> Void) {
        if loop.isCurrent { action() } else { loop.execute(action) }
    }
}
