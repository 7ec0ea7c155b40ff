internal import EngineNet
internal import EngineWire

/// One request of the engine's path, with what its query says.
struct EngineRequest {
    let http: HTTPRequest
    let exchange: HTTPExchange
    /// Whether the request asks for a WebSocket.
    let isUpgrade: Bool
    /// Milliseconds of the loop's clock when the request came.
    let arrival: UInt64
    /// Nil for something else; `queryText` has it.
    private(set) var transport: Transport?
    /// The session that the request is for; nil for a handshake, and for what cannot be a session's name.
    private(set) var id: SessionID?
    /// Whether the request names no session.
    private(set) var isHandshake = true
    /// Node's reading: 3 for everything that is not `4`.
    private(set) var version = 3
    /// Whether binary messages must travel as base64 text.
    private(set) var isBase64 = false

    /// - Parameter hasCustomIDs: whether the application names the sessions.
    init(_ http: HTTPRequest, _ exchange: HTTPExchange, hasCustomIDs: Bool) {
        self.http = http
        self.exchange = exchange
        arrival = exchange.loop.now
        // Without the option the field was meant for a proxy before us (RFC 9110 section 7.8), or is a mistake of one.
        isUpgrade = WebSocketHandshake.isAsked(by: http) && http.field("connection", lists: "upgrade")
        var (transports, sids, versions) = (0, 0, 0)
        var items = http.rawQueryItems
        while let (name, value) = items.nextRaw() {
            switch Self.key(name) {
            case .transport:
                transports += 1
                transport = transports == 1 ? Self.transport(value) : nil
            case .sid:
                sids += 1
                guard !value.isEmpty || sids > 1 else { continue }
                isHandshake = false
                id = sids == 1 ? Self.id(value, hasCustomIDs) : nil
            case .version:
                versions += 1
                version = versions == 1 && Self.isFour(value) ? 4 : 3
            case .base64: if !value.isEmpty { isBase64 = true }
            case nil: break
            }
        }
    }

    private enum Key {
        case transport, sid, version, base64
    }

    // Escapes are rare: nothing is decoded for what is spelt plainly.

    private static func key(_ name: ArraySlice<UInt8>) -> Key? {
        let bytes = name.span
        if bytes.equals("transport") { return .transport }
        if bytes.equals("sid") { return .sid }
        if bytes.equals("EIO") { return .version }
        if bytes.equals("b64") { return .base64 }
        guard QueryItems.isEscaped(bytes) else { return nil }
        return switch QueryItems.decoded(name) {
        case "transport": .transport
        case "sid": .sid
        case "EIO": .version
        case "b64": .base64
        default: nil
        }
    }

    private static func transport(_ value: ArraySlice<UInt8>) -> Transport? {
        let bytes = value.span
        if bytes.equals("polling") { return .polling }
        if bytes.equals("websocket") { return .webSocket }
        return QueryItems.isEscaped(bytes) ? Transport(rawValue: QueryItems.decoded(value)) : nil
    }

    private static func isFour(_ value: ArraySlice<UInt8>) -> Bool {
        value.span.equals("4") || QueryItems.isEscaped(value.span) && QueryItems.decoded(value) == "4"
    }

    private static func id(_ value: ArraySlice<UInt8>, _ isCustom: Bool) -> SessionID? {
        if isCustom { return SessionID(custom: QueryItems.decoded(value)) }
        return value.count == 20 ? SessionID(value.span) : SessionID(QueryItems.decoded(value))
    }

    /// What the query says for a key, for an error: several values are joined by a comma, as in Node.
    func queryText(_ key: String) -> String {
        http.queryItems.filter { $0.name == key }.map(\.value).joined(separator: ",")
    }
}
