internal import EngineWire

/// The codes of Engine.IO's error answers.
public enum EngineError: Int, Sendable, Hashable, CaseIterable {
    /// The query's `transport` names none that is spoken here.
    case unknownTransport = 0
    /// The query's `sid` names no session that is open.
    case unknownSession = 1
    /// A handshake that is not a GET.
    case badHandshakeMethod = 2
    /// Everything else that is wrong with a request: `ConnectionError.context` tells what.
    case badRequest = 3
    /// The client may not come in: the application, the origin's check or a bound says so.
    case forbidden = 4
    /// The query's `EIO` is not 4.
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
}

/// A request that the engine refused: what `onConnectionError` tells, as Node's event `connection_error`.
public struct ConnectionError: Error, Sendable {
    /// What exactly was wrong. The names are Node's, where it has one.
    public enum Context: Sendable {
        /// No such transport here: the one that was asked for.
        case transport(String)
        /// No such session: the `sid` as it came.
        case sid(String)
        /// A handshake is a GET.
        case method(String)
        /// The session uses another transport.
        case transportMismatch(transport: String, previous: Transport)
        /// A WebSocket was asked for, but not by a request that can open one.
        case transportHandshakeError(String)
        /// A page of this origin may not open WebSockets here.
        case invalidOrigin(String)
        /// A middleware threw this.
        case middlewareFailure(any Error)
        /// `generateId` threw, or made an id that cannot be used.
        case idGenerationError(any Error)
        /// The protocol version asked for; 3 where none was.
        case protocolVersion(Int)
        /// `allowRequest` said no, with this message.
        case refused(String)
        /// `allowRequest`, `generateId` or a middleware took longer than `handshakeTimeout`.
        case timeout
        /// A bound of `AdmissionLimits`.
        case limit(AdmissionLimits.Kind)
        /// The server closes.
        case shuttingDown

        /// A short fixed name, fit for a metric's label.
        public var name: String {
            switch self {
            case .transport: "UNKNOWN_TRANSPORT"
            case .sid: "UNKNOWN_SID"
            case .method: "BAD_HANDSHAKE_METHOD"
            case .transportMismatch: "TRANSPORT_MISMATCH"
            case .transportHandshakeError: "TRANSPORT_HANDSHAKE_ERROR"
            case .invalidOrigin: "INVALID_ORIGIN"
            case .middlewareFailure: "MIDDLEWARE_FAILURE"
            case .idGenerationError: "ID_GENERATION_ERROR"
            case .protocolVersion: "UNSUPPORTED_PROTOCOL_VERSION"
            case .refused: "FORBIDDEN"
            case .timeout: "HANDSHAKE_TIMEOUT"
            case .limit(.sessions): "TOO_MANY_SESSIONS"
            case .limit(.sessionsPerAddress): "TOO_MANY_SESSIONS_OF_ADDRESS"
            case .limit(.handshakeRate): "TOO_MANY_HANDSHAKES"
            case .shuttingDown: "SHUTTING_DOWN"
            }
        }
    }

    /// The code that the client gets.
    public let code: EngineError
    /// What exactly was wrong, for the server's own log. Clients are not told.
    public let context: Context
    /// What the client is told.
    public let message: String
    /// The status of the answer, e.g. 400.
    public let status: Int
    /// Whether a WebSocket's opening request gets `status` too. Node answers 400 to all of them.
    private let statusCountsForUpgrades: Bool

    private init(
        _ code: EngineError, _ context: Context, message: String? = nil, status: Int = 400,
        statusCountsForUpgrades: Bool = true
    ) {
        self.code = code
        self.context = context
        self.message = message ?? code.message
        self.status = status
        self.statusCountsForUpgrades = statusCountsForUpgrades
    }

    // MARK: The refusals there are

    static func unknownTransport(_ name: String) -> Self { Self(.unknownTransport, .transport(name)) }
    static func unknownSession(_ sid: String) -> Self { Self(.unknownSession, .sid(sid)) }
    static func badMethod(_ method: HTTPMethod) -> Self { Self(.badHandshakeMethod, .method(method.name)) }
    static func transportMismatch(_ transport: String, previous: Transport) -> Self {
        Self(.badRequest, .transportMismatch(transport: transport, previous: previous))
    }
    static func noWebSocket(_ why: String) -> Self { Self(.badRequest, .transportHandshakeError(why)) }
    static func invalidOrigin(_ origin: String) -> Self {
        Self(.forbidden, .invalidOrigin(origin), message: "Origin not allowed", status: 403)
    }
    static func middlewareFailure(_ error: any Error) -> Self { Self(.badRequest, .middlewareFailure(error)) }
    static func idGenerationFailure(_ error: any Error) -> Self {
        Self(.badRequest, .idGenerationError(error))
    }
    static func protocolVersion(_ version: Int) -> Self {
        Self(.unsupportedProtocolVersion, .protocolVersion(version))
    }
    static let timeout = Self(.forbidden, .timeout, message: "Handshake took too long", status: 503)
    static let shuttingDown = Self(.forbidden, .shuttingDown, message: "Server shutting down", status: 503)

    static func refused(_ message: String, status: Int?) -> Self {
        Self(
            .forbidden, .refused(message), message: message, status: status ?? 403,
            statusCountsForUpgrades: status != nil)
    }

    static func limit(_ kind: AdmissionLimits.Kind) -> Self {
        switch kind {
        case .sessions: Self(.forbidden, .limit(kind), message: "Too many sessions", status: 503)
        case .sessionsPerAddress:
            Self(.forbidden, .limit(kind), message: "Too many sessions of this address", status: 429)
        case .handshakeRate: Self(.forbidden, .limit(kind), message: "Too many handshakes", status: 429)
        }
    }

    // MARK: Their answers

    /// The answer over plain HTTP: `{"code":1,"message":"Session ID unknown"}`.
    var response: HTTPResponse {
        var body = Array("{\"code\":\(code.rawValue),\"message\":\"".utf8)
        body.appendJSONCharacters(of: message)
        body.append("\"}")
        var response = HTTPResponse(
            status: status, fields: ["Content-Type": "application/json"], body: body)
        if status == 429 || status == 503 { response.fields["Retry-After"] = "5" }
        return response
    }

    /// The answer to a WebSocket's opening request: the message alone, and the connection closes.
    var upgradeResponse: [UInt8] {
        let status = statusCountsForUpgrades ? status : 400
        return Array(
            """
            HTTP/1.1 \(status) \(HTTPResponse.reasonPhrase(status))\r
            Connection: close\r
            Content-type: text/html\r
            Content-Length: \(message.utf8.count)\r
            \r
            \(message)
            """.utf8)
    }
}

extension [UInt8] {
    /// Appends text as it stands between the quotes of a JSON string, as `JSON.stringify` writes it.
    fileprivate mutating func appendJSONCharacters(of text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0A: append("\\n")
            case 0x0C: append("\\f")
            case 0x0D: append("\\r")
            case 0..<0x20:
                append("\\u00")
                let digits: StaticString = "0123456789abcdef"
                for digit in [byte >> 4, byte & 15] {
                    append(unsafe digits.utf8Start[Int(digit)])  // a nibble is a place in it
                }
            default: append(byte)
            }
        }
    }
}
