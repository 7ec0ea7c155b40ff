internal import EngineNet
internal import EngineWire
internal import Synchronization

/// Clients in the server's own process, for tests: sessions without connections. The server need not listen.
extension EngineServer {
    /// Opens a session for a client in this process.
    ///
    /// It comes in as the opening request of a WebSocket would, from `127.0.0.1`: middlewares, the origin's check,
    /// the bounds of `AdmissionLimits`, `allowRequest` and `generateId` decide. Sessions take the loops in turn.
    /// - Parameters:
    ///   - headers: fields of the request, besides those that every client sends.
    ///   - query: items of the request's query, besides those of the protocol.
    ///   - local: the client's end; of this session only.
    /// - Throws: what an `onConnectionError` handler is told of a client that is refused.
    package func connectInProcess(
        headers: [String: String] = [:], query: [String: String] = [:], to local: LocalTransport
    ) async throws(ConnectionError) -> Session {
        let request = try inProcessRequest(headers, query)
        let turn = localSessions.wrappingAdd(1, ordering: .relaxed).oldValue
        let bound = workers[Int(UInt(bitPattern: turn) % UInt(workers.count))]
        guard let (worker, hooks, now) = await bound.ask({ ($0, $0.hooks, $0.milliseconds) }) else {
            throw .shuttingDown
        }
        do {
            let opening = try await worker.admit(request, hooks, now: now)
            let opened: Result<Session, ConnectionError>? = await bound.ask {
                $0.open(opening, to: local)
            }
            guard let opened else { throw ConnectionError.shuttingDown }
            return try opened.get()
        } catch {
            let refusal = error as? ConnectionError ?? .idGenerationFailure(error)
            _ = await bound.ask { $0.refused(request, refusal) }
            throw refusal
        }
    }

    private func inProcessRequest(
        _ headers: [String: String], _ query: [String: String]
    ) throws(ConnectionError) -> HTTPRequest {
        do throws(HTTPViolation) {
            return try .openingWebSocket(
                of: options.requestPath, headers: headers, query: query, limits: http.options.limits)
        } catch {
            throw .noWebSocket(error.reason)
        }
    }
}

/// A session without a connection on its way in.
private struct LocalOpening: Sendable {
    let request: HTTPRequest
    let lease: CensusLease
    /// Nil for one that the engine makes.
    let id: SessionID?
}

extension EngineWorker {
    private static let localPeer = SocketAddress(host: "127.0.0.1", port: 0)

    /// The checks of a handshake in their order. Not on the loop: what the application does is its caller's task.
    fileprivate func admit(
        _ request: HTTPRequest, _ hooks: EngineHooks, now: UInt64
    ) async throws -> LocalOpening {
        var fields = HTTPFields()
        for middleware in hooks.middlewares {
            let answer: HTTPResponse?
            do { answer = try await middleware(request, &fields) } catch {
                throw ConnectionError.middlewareFailure(error)
            }
            if let answer {
                throw ConnectionError.refused("a middleware answered the request", status: answer.status)
            }
        }
        try checkOrigin(request)
        let address = admission.client(request, peer: Self.localPeer)
        let lease = try admission.enter(address, now: now)
        if case .refuse(let message, let status) = await options.allowRequest?(request) ?? .allow {
            throw ConnectionError.refused(message, status: status)
        }
        return LocalOpening(
            request: request, lease: lease, id: options.generateId == nil ? nil : try await newID(request))
    }

    /// On the loop.
    fileprivate func open(
        _ opening: LocalOpening, to local: LocalTransport
    ) -> Result<Session, ConnectionError> {
        guard !refusesSessions else {
            if let id = opening.id { admission.directory?.release(id) }
            return .failure(.shuttingDown)
        }
        let session = Session(
            id: opening.id ?? SessionID(loop: loop.index, random: &random), request: opening.request,
            peer: Self.localPeer, isSecure: false, form: .inProcess(local), transport: .webSocket,
            engine: self)
        opening.lease.keep()
        add(session)
        debug(.engine, "session \(session.id.tag) in this process")
        session.openInProcess()
        session.setHandler(accept(session))
        return .success(session)
    }
}
