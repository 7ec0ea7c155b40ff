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
        var clients: [String: InProcessClient] = [:]
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
    func open() async throws -> Session {
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
            state.generation += 1
            state.opening = nil
            return (exchange(&state.session, with: nil), Array(exchange(&state.clients, with: [:]).values))
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

    /// Takes a client in, while the session is the one that it means to use.
    func add(_ client: InProcessClient, to session: Session) throws(InProcessError) {
        try state.withLock { state throws(InProcessError) in
            guard state.session === session else { throw .disconnected(.transportClose, details: nil) }
            guard state.clients[client.namespace] ?? client === client else {
                throw .alreadyJoined(client.namespace)
            }
            state.clients[client.namespace] = client
        }
    }

    /// A client has left its namespace. Who is the last closes the connection, as `socket.io-client` does.
    func left(_ client: InProcessClient) {
        let isEmpty = state.withLock { state in
            guard state.clients[client.namespace] === client else { return false }
            state.clients[client.namespace] = nil
            return state.clients.isEmpty
        }
        if isEmpty { end(.forcedClose) }
    }

    private func received(_ packet: ClientPacket, _ generation: Int) {
        let client = state.withLock { $0.generation == generation ? $0.clients[packet.namespace] : nil }
        client?.received(packet)
    }
}
