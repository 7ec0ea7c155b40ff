public import EngineNet
internal import EngineWire

/// How a session's packets travel.
public enum Transport: String, Sendable, Hashable, CaseIterable {
    case polling
    case webSocket = "websocket"
}

/// Everything about an Engine.IO server that can be chosen. The defaults are those of Node's `engine.io`, where
/// it has one.
public struct EngineOptions: Sendable {
    /// The path of all requests; matched exactly.
    public var path = "/engine.io/"
    /// Transports that clients may open a session with or upgrade to.
    public var transports: [Transport] = [.polling, .webSocket]
    /// Whether a polling session may become a WebSocket.
    public var allowUpgrades = true
    /// Time between a pong (or the handshake) and the next ping. Proxies cut idle connections after 60 s.
    public var pingInterval = Duration.seconds(25)
    /// Time for the client to answer a ping before it counts as gone.
    public var pingTimeout = Duration.seconds(20)
    /// Time for an upgrade to be completed once the WebSocket is open.
    public var upgradeTimeout = Duration.seconds(10)
    /// Time for the last packets of a session that the server closes to leave.
    public var closeTimeout = Duration.seconds(30)
    /// Largest message, and largest body of a polling request, in bytes. Told to clients as `maxPayload`.
    public var maxPayload = 1_000_000
    /// Most fragments of one WebSocket message, empty ones counted.
    public var maxFragments = 1_024
    /// Bounds of what waits for one client that cannot keep up.
    public var sendQueue = SendQueueLimits()
    /// What HTTP requests may cost; the body's limit is `maxPayload`.
    public var http = HTTPServer.Options()
    /// Event loops, each a thread; nil for one per core.
    public var loops: Int?

    public init() {}
}

/// How much may wait for one client. A client that falls behind further is closed with `transport error`:
/// everything that it was sent before that reached it in order.
public struct SendQueueLimits: Sendable, Hashable {
    /// Bytes of packets. Some seconds of a busy feed.
    public var bytes = 8_000_000
    /// Packets.
    public var packets = 16_384

    public init() {}
}

/// Why a session ended, in the words of the Node implementation.
public enum CloseReason: String, Sendable, Hashable {
    /// The peer broke the protocol on its transport, or cannot keep up.
    case transportError = "transport error"
    /// The client closed, or its connection was lost.
    case transportClose = "transport close"
    /// The server closed.
    case forcedClose = "forced close"
    /// The client did not answer a ping in time.
    case pingTimeout = "ping timeout"
    /// A packet could not be read.
    case parseError = "parse error"
}

/// Why a request was refused: the codes of Engine.IO's `connection_error`.
public enum EngineError: Int, Error, Sendable, Hashable {
    case unknownTransport = 0
    case unknownSession = 1
    case badHandshakeMethod = 2
    case badRequest = 3
    case forbidden = 4
    case unsupportedProtocolVersion = 5

    /// The message that clients get.
    public var message: String {
        switch self {
        case .unknownTransport: "Transport unknown"
        case .unknownSession: "Session ID unknown"
        case .badHandshakeMethod: "Bad handshake method"
        case .badRequest: "Bad request"
        case .forbidden: "Forbidden"
        case .unsupportedProtocolVersion: "Unsupported protocol version"
        }
    }

    /// The answer over plain HTTP: `{"code":1,"message":"Session ID unknown"}`.
    var response: HTTPResponse {
        HTTPResponse(
            status: self == .forbidden ? 403 : 400,
            fields: [("Content-Type", "application/json")],
            body: Array("{\"code\":\(rawValue),\"message\":\"\(message)\"}".utf8))
    }

    /// The answer to a WebSocket's opening request: always 400, the message alone, and the connection closes.
    var upgradeResponse: [UInt8] {
        Array(
            """
            HTTP/1.1 400 Bad Request\r
            Connection: close\r
            Content-type: text/html\r
            Content-Length: \(message.utf8.count)\r
            \r
            \(message)
            """.utf8)
    }
}
