public import EngineNet
public import EngineWire

/// How a session's packets travel.
public enum Transport: String, Sendable, Hashable, CaseIterable {
    /// HTTP long-polling: packets come in POSTs and leave in the answer to a GET that waits for them.
    case polling
    /// A WebSocket (RFC 6455): a frame is a packet.
    case webSocket = "websocket"
}

/// Everything about an Engine.IO server that can be chosen. The defaults are those of Node's `engine.io`, where
/// it has one.
public struct EngineOptions: Sendable {
    // MARK: Where and how

    /// The path of all requests; matched exactly, with or without the slash at its end as `addTrailingSlash` says.
    public var path = "/engine.io"
    /// Whether the path ends with a slash, as clients expect unless they are told otherwise.
    public var addTrailingSlash = true
    /// Transports that clients may open a session with or upgrade to.
    public var transports: [Transport] = [.polling, .webSocket]
    /// Whether a polling session may become a WebSocket.
    public var allowUpgrades = true

    // MARK: Times

    /// Time between a pong (or the handshake) and the next ping. Proxies cut idle connections after 60 s.
    public var pingInterval = Duration.seconds(25)
    /// Time for the client to answer a ping before it counts as gone.
    public var pingTimeout = Duration.seconds(20)
    /// Time for an upgrade to be completed once the WebSocket is open.
    public var upgradeTimeout = Duration.seconds(10)
    /// Time for the last packets of a session that the server closes to leave.
    public var closeTimeout = Duration.seconds(30)
    /// Time for `allowRequest`, `generateId` and the middlewares together to let a request in.
    public var handshakeTimeout = Duration.seconds(20)

    // MARK: Who may come in

    /// Asked for each new session, after the request's own checks; nil lets everyone in.
    public var allowRequest: (@Sendable (HTTPRequest) async -> Admission)?
    /// Which pages of other origins may use the server; nil sends no CORS fields and checks no origin, as Node.
    /// Once set, WebSockets of other origins are refused as well: browsers send those cookies too.
    public var cors: CORSPolicy?
    /// How many may come in, and how fast.
    public var admission = AdmissionLimits()

    // MARK: What sessions begin with

    /// The id of a new session: 1 to 128 characters of `A-Z a-z 0-9 - _ . ~`, which nobody can guess and no other
    /// session has. Nil makes 20 random ones. What it throws refuses the handshake.
    public var generateId: (@Sendable (HTTPRequest) async throws -> String)?
    /// A message that every client gets in its handshake.
    public var initialPacket: Message?
    /// A cookie with the session's id, for load balancers that keep clients on their node; nil sets none.
    public var cookie: SessionCookie?
    /// Chooses a subprotocol among those that a WebSocket offers, in their order. Unless set, the first.
    public var subprotocol: @Sendable ([String]) -> String? = { $0.first }

    // MARK: Compression

    /// Compresses answers to polls of at least so many bytes with gzip or deflate; nil never does.
    public var httpCompressionThreshold: Int? = 1_024
    /// Compresses WebSocket messages (RFC 7692); nil never does. Costs CPU for each message and memory for each
    /// connection: see `PerMessageDeflate`.
    public var perMessageDeflate: PerMessageDeflate?

    // MARK: Bounds

    /// Largest message, and largest body of a polling request, in bytes. Told to clients as `maxPayload`.
    public var maxPayload = 1_000_000
    /// Most fragments of one WebSocket message, empty ones counted.
    public var maxFragments = 1_024
    /// Bounds of what waits for one client that cannot keep up.
    public var sendQueue = SendQueueLimits()
    /// What waits for a reader of `Session.messages`, in bytes; beyond it the client is not read from.
    public var receiveQueue = 1_000_000

    // MARK: The server below

    /// What connections and HTTP requests may cost; the limit of the engine's own requests is `maxPayload`. Read
    /// only by a server that makes its own `HTTPServer`.
    public var http = HTTPServer.Options()
    /// Event loops, each a thread; nil for one per core. Read only by a server that makes its own `HTTPServer`.
    public var loops: Int?
    /// What is written about the engine's inner life.
    public var debug = DebugLog.environment

    /// The defaults.
    public init() {}

    /// `path`, as requests have to spell it.
    var requestPath: String {
        let bare = path.hasSuffix("/") ? String(path.dropLast()) : path
        return addTrailingSlash ? bare + "/" : bare
    }
}

/// How much may wait for one client. A client that falls behind further is closed with `transport error`:
/// everything that it was sent before that reached it in order.
public struct SendQueueLimits: Sendable, Hashable {
    /// Bytes of packets, without the message that is next: alone, one may be larger. Some seconds of a busy feed.
    public var bytes = 8_000_000
    /// Packets.
    public var packets = 16_384

    /// The defaults.
    public init() {}
}

/// How many sessions there may be. A handshake beyond it is refused with code 4, status 429 or 503.
public struct AdmissionLimits: Sendable, Hashable {
    /// Which bound a handshake would have broken.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// `sessions`: status 503.
        case sessions
        /// `sessionsPerAddress`: status 429.
        case sessionsPerAddress
        /// `handshakesPerSecond`: status 429.
        case handshakeRate
    }

    /// Sessions in all.
    public var sessions = 65_536
    /// Sessions of one client address (of a /64 for IPv6), behind the trusted proxies of
    /// `HTTPServer.Options.connections`; nil for no limit.
    public var sessionsPerAddress: Int?
    /// Handshakes a second over all loops; nil for no limit. What a database behind `allowRequest` can take.
    public var handshakesPerSecond: Int?
    /// Handshakes at once before the rate counts; nil for those of a second.
    public var handshakeBurst: Int?

    /// The defaults.
    public init() {}
}

/// What `allowRequest` says about a client.
public enum Admission: Sendable, Hashable {
    /// Lets the client in.
    case allow
    /// Refuses with code 4 and a message. Unless a status is given (e.g. 401), it is Node's: 403, and 400 for the
    /// opening request of a WebSocket.
    case refuse(String = "Forbidden", status: Int? = nil)
}
