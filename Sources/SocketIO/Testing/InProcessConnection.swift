internal import EngineIO
internal import EngineWire
internal import Synchronization

/// What clients in this process have of one connection: the session, and who is in which namespace. It outlives the
/// session: a client that reconnects opens the next one. For any thread.
final class InProcessConnection: Sendable {
    private struct State {
        /// The session that is open; nil while there is none.
        var session: Session?
        /// The session on its way, for all who wait for it.
        var opening: Task<Session, any Error>?
        /// Tells the sessions apart: what an earlier one brings late is of no account.
        var generation = 0
        /// Those that are in, or about to be.
        var clients: [String: (client: InProcessClient, membership: Int)] = [:]
        /// How many came in.
        var memberships = 0

        /// Leaves no session, neither open nor on its way.
        mutating func takeSession() -> Session? {
            generation += 1
            opening = nil
            return exchange(&session, with: nil)
        }
    }

    private let server: SocketServer
    private let headers: [String: String]
    private let query: [String: String]
    let writer: PacketWriter
    private let state = Mutex(State())

    init(_ server: SocketServer, headers: [String: String], query: [String: String]) {
        self.server = server
        self.headers = headers
        self.query = query
        writer = PacketWriter(parser: server.options.parser)
    }

    /// The session that is open.
    var session: Session? { state.withLock { $0.session } }

    // MARK: The session

    /// Opens a session, unless there is one.
    /// - Throws: `ConnectionError`.
    private func open() async throws -> Session {
        let (session, opening) = state.withLock { state -> (Session?, Task<Session, any Error>?) in
            if let session = state.session { return (session, nil) }
            if let opening = state.opening { return (nil, opening) }
            state.generation += 1
            let generation = state.generation
            let opening = Task { try await self.openSession(generation) }
            state.opening = opening
            return (nil, opening)
        }
        if let session { return session }
        // `opening` is there if `session` is not.
        guard let opening else { throw CancellationError() }
        return try await opening.value
    }

    private func openSession(_ generation: Int) async throws -> Session {
        let reader = ClientPacketReader(server.options.parser)
        let local = LocalTransport { [self] message in
            do {
                guard let packet = try reader.read(message) else { return }
                received(packet, generation)
            } catch {
                lost(.parseError, "\(error)", generation)?.loseLocally(.transportClose)
            }
        } closed: { [self] reason, description in
            let details = [reason.rawValue, description].compactMap { $0 }.joined(separator: ", ")
            _ = lost(.transportClose, details, generation)
        }
        let opened: Result<Session, any Error>
        do {
            opened = .success(
                try await server.engine.connectInProcess(headers: headers, query: query, to: local))
        } catch { opened = .failure(error) }
        let isCurrent = state.withLock { state in
            guard state.generation == generation else { return false }
            state.opening = nil
            state.session = try? opened.get()
            return true
        }
        let session = try opened.get()
        guard isCurrent else {
            session.loseLocally(.transportClose)
            throw InProcessError.disconnected(.transportClose, details: nil)
        }
        return session
    }

    /// Takes the session from those who are in, if it is still the one that is meant.
    private func lost(
        _ reason: ClientDisconnectReason, _ details: String? = nil, _ generation: Int? = nil
    ) -> Session? {
        let (session, clients) = state.withLock { state -> (Session?, [InProcessClient]) in
            guard generation ?? state.generation == state.generation else { return (nil, []) }
            return (state.takeSession(), exchange(&state.clients, with: [:]).values.map(\.client))
        }
        for client in clients { client.disconnected(reason, details) }
        return session
    }

    /// Ends the session as if something had happened to it.
    /// - Parameters:
    ///   - reason: what the clients hear.
    ///   - seen: what the server sees.
    func end(_ reason: ClientDisconnectReason, seen: CloseReason = .transportClose) {
        lost(reason)?.loseLocally(seen)
    }

    // MARK: Those who are in

    /// Takes a client in, and opens a session for it unless there is one.
    /// - Returns: the session, and a number for `left`.
    /// - Throws: `ConnectionError`, `InProcessError`.
    func add(_ client: InProcessClient) async throws -> (Session, membership: Int) {
        while true {
            let session = try await open()
            // Others may have left it meanwhile: then it is no more.
            if let membership = try add(client, to: session) { return (session, membership) }
            try Task.checkCancellation()
        }
    }

    private func add(_ client: InProcessClient, to session: Session) throws(InProcessError) -> Int? {
        try state.withLock { state throws(InProcessError) in
            guard state.session === session else { return nil }
            guard state.clients[client.namespace]?.client ?? client === client else {
                throw .alreadyJoined(client.namespace)
            }
            state.memberships += 1
            state.clients[client.namespace] = (client, state.memberships)
            return state.memberships
        }
    }

    /// A client has left its namespace. Who is the last closes the connection, as `socket.io-client` does.
    /// - Parameter membership: its number: it may have come in again since.
    func left(_ client: InProcessClient, _ membership: Int) {
        let unused = state.withLock { state -> Session? in
            guard state.clients[client.namespace]?.membership == membership else { return nil }
            state.clients[client.namespace] = nil
            return state.clients.isEmpty ? state.takeSession() : nil
        }
        unused?.loseLocally(.transportClose)
    }

    private func received(_ packet: ClientPacket, _ generation: Int) {
        let client = state.withLock {
            $0.generation == generation ? $0.clients[packet.namespace]?.client : nil
        }
        client?.received(packet)
    }
}
