public import EngineIO
internal import Synchronization

/// A client in the server's own process: what tests of handlers use in place of a browser. No port, no descriptor, no
/// second program.
///
/// ```swift
/// let client = try await io.connectInProcess(auth: ["name": "Ada"])
/// try client.emit("join", "lobby")
/// try io.to("room:lobby").emit("news", "welcome")
/// let news = try await client.next("news", String.self)
/// #expect(news == "welcome")
/// ```
///
/// It stands in one namespace, as a `socket` of `socket.io-client` does, and behaves like one: what it sends and gets
/// is written and read as packets, passes the same middlewares, bounds and queues as everybody's, and arrives in order.
/// Only the WebSocket is missing, and with it the heartbeat.
///
/// - `SocketServer.connectInProcess` opens a connection and joins a namespace; `connect(to:)` joins further ones over
///   the same connection.
/// - `emit` and `emitWithAck` send. An event has been handled when `settled()` returns, unless its handler is
///   asynchronous.
/// - `next` waits for an event. Events are kept in their order until they are asked for; `received` has all of them.
///   A wait that is in vain ends after five seconds, with an error that tells what came instead.
/// - `answer` answers the server's own `emitWithAck`.
/// - `disconnect()` leaves the namespace, `close()` the server; `lose()` has the connection break, and `reconnect()`
///   comes back, to where it was if the server has `SocketOptions.recovery`. `closed()` waits for the end and tells its
///   reason.
/// - `pauseReading()` makes a slow client: what it is sent waits in the server, within `SendQueueLimits`.
///
/// A client stays connected until one of the two sides ends it, also when nobody holds it any more. From any thread.
public final class InProcessClient: Sendable {
    enum Phase {
        case joining(Expectation<Void>)
        case joined
        case out(ClientDisconnectReason, details: String?)
    }

    struct State {
        var phase: Phase
        /// The connection's number for the time in the namespace.
        var membership = 0
        var auth: JSONValue?
        var id = ""
        var isRecovered = false
        /// What the server knows the client by when it comes back; nil if it does not.
        var pid: String?
        /// The last event that the client has.
        var offset: String?
        var inbox = EventInbox()
        var waiting: [(name: String?, event: Expectation<KeptEvent>)] = []
        var answers: [String: @Sendable (EventArguments) throws -> EncodedArguments] = [:]
        var acks: [Int: Expectation<EventArguments>] = [:]
        var lastAckID = -1
        var watchers: [Expectation<ClientDisconnectReason>] = []
    }

    /// The name of the namespace.
    public let namespace: String
    let connection: InProcessConnection
    let state: Mutex<State>

    init(_ connection: InProcessConnection, namespace: String, auth: JSONValue?) {
        self.connection = connection
        self.namespace = namespace.hasPrefix("/") ? namespace : "/" + namespace
        state = Mutex(State(phase: .out(.forcedClose, details: nil), auth: auth))
    }

    /// The id of the client's socket, by which `io.to(id)` reaches it. Of the last socket while there is none.
    public var id: String { state.withLock { $0.id } }

    /// Whether the client is in its namespace.
    public var isConnected: Bool {
        state.withLock { if case .joined = $0.phase { true } else { false } }
    }

    /// Whether the client went on where its connection was lost: with the same id, rooms and state, and with the events
    /// that it missed, which `next` has.
    public var recovered: Bool { state.withLock { $0.isRecovered } }

    // MARK: Joining

    /// Joins another namespace over the same connection.
    /// - Parameters:
    ///   - namespace: its name.
    ///   - auth: what the server reads as the handshake's `auth`; an object.
    ///   - time: how long the server may take to let the client in.
    /// - Returns: the client in that namespace.
    /// - Throws: `ConnectionRefused` when the namespace refuses; `InProcessError`.
    public func connect(
        to namespace: String, auth: JSONValue? = nil, within time: Duration = .seconds(5)
    ) async throws -> InProcessClient {
        let client = InProcessClient(connection, namespace: namespace, auth: auth)
        try await client.join(within: time)
        return client
    }

    /// Comes back after a lost connection, or after any other end, as `socket.io-client` does: with what the server
    /// needs to restore its socket. Clients in other namespaces of the connection come back by a call of their own.
    ///
    /// A client that is still connected loses its connection first.
    /// - Parameters:
    ///   - auth: takes the place of the earlier one, unless it is nil.
    ///   - time: how long the server may take to let the client in.
    /// - Returns: whether the client was recovered; `recovered` says it later.
    /// - Throws: `ConnectionRefused` when the namespace refuses; `ConnectionError` when the engine does;
    ///   `InProcessError`.
    @discardableResult
    public func reconnect(auth: JSONValue? = nil, within time: Duration = .seconds(5)) async throws -> Bool {
        if isConnected { lose() }
        if let auth { state.withLock { $0.auth = auth } }
        try await join(within: time)
        return recovered
    }

    func join(within time: Duration) async throws {
        let (session, membership) = try await connection.add(self)
        let joining = Expectation<Void>()
        let greeting = state.withLock { state in
            state.phase = .joining(joining)
            state.membership = membership
            state.isRecovered = false
            return state.greeting
        }
        // Lost before there was anyone to tell?
        if connection.session !== session { disconnected(.transportClose) }
        let writer = connection.writer
        session.receiveLocally(
            greeting.map { writer.packet(.connect, namespace: namespace, value: $0) }
                ?? writer.packet(.connect, namespace: namespace))
        do {
            try await joining.value(within: time) { InProcessError.noAnswer("connect") }
        } catch {
            leave(.forcedClose)
            throw error
        }
    }

    // MARK: Leaving

    /// Leaves the namespace. The last client of a connection closes it, as with `socket.io-client`.
    public func disconnect() {
        guard isConnected, let session = connection.session else { return }
        session.receiveLocally(connection.writer.packet(.disconnect, namespace: namespace))
        leave(.clientDisconnect)
    }

    /// Closes the connection, whatever namespaces it carries.
    public func close() { connection.end(.forcedClose) }

    /// Has the connection break, whatever namespaces it carries. What the server sent and the client has not got is
    /// lost.
    /// - Parameter reason: what the server makes of it.
    public func lose(_ reason: CloseReason = .transportClose) {
        connection.end(ClientDisconnectReason(lost: reason), seen: reason)
    }

    /// Waits until the client is disconnected; returns at once if it is.
    /// - Parameter time: how long at most.
    /// - Returns: the reason, as the client sees it.
    /// - Throws: `InProcessError.stillConnected`.
    @discardableResult
    public func closed(within time: Duration = .seconds(5)) async throws -> ClientDisconnectReason {
        let end = Expectation<ClientDisconnectReason>()
        state.withLock { state in
            if case .out(let reason, _) = state.phase {
                end.finish(.success(reason))
            } else {
                state.watchers.append(end)
            }
        }
        defer { state.withLock { $0.watchers.removeAll { $0 === end } } }
        return try await end.value(within: time) { InProcessError.stillConnected }
    }

    // MARK: How fast it reads

    /// Stops taking what the server sends, as a client whose connection is slow: it waits in the server, where it may
    /// be too much, or volatile, or replaced by what is newer.
    public func pauseReading() { connection.session?.setLocalReading(false) }

    /// Takes what waits, and what comes from now on.
    public func resumeReading() { connection.session?.setLocalReading(true) }

    /// Waits until the server has handled what this thread sent before, from this client or from the server itself, and
    /// the client has got what came of it. Only handlers that wait for something may still be at work.
    ///
    /// Then a test can tell that something did *not* come: `#expect(client.received.isEmpty)`.
    public func settled() async {
        await connection.session?.settled()
    }
}

extension InProcessClient.State {
    /// The `auth` object as JSON, with what a client that comes back says; empty if there is nothing to say.
    fileprivate var greeting: JSONValue? {
        guard let pid else { return auth }
        var object: JSONObject = ["pid": .string(pid)]
        if let offset { object["offset"] = .string(offset) }
        for member in auth?.objectValue?.members ?? [] { object[member.key] = member.value }
        return .object(object)
    }
}

extension ClientDisconnectReason {
    fileprivate init(lost reason: CloseReason) {
        self =
            switch reason {
            case .transportClose, .forcedClose: .transportClose
            case .pingTimeout: .pingTimeout
            case .transportError: .transportError
            case .parseError: .parseError
            }
    }
}
