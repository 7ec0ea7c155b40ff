internal import EngineNet
internal import EngineWire

/// One request of the engine's path, with what its query says.
struct EngineRequest {
    let http: HTTPRequest
    let exchange: HTTPExchange
    let isUpgrade: Bool
    /// As it was sent; several values are joined by a comma, so that they are no transport's name.
    private(set) var transport = ""
    /// Nil for a handshake.
    private(set) var sid: String?
    /// Node's reading: 3 for everything that is not `4`.
    private(set) var version = 3
    /// Whether binary messages must travel as base64 text.
    private(set) var isBase64 = false

    init(_ http: HTTPRequest, _ exchange: HTTPExchange) {
        self.http = http
        self.exchange = exchange
        isUpgrade = WebSocketHandshake.isAsked(by: http)
        var (transport, sid, version, base64): (String?, String?, String?, String?)
        for (name, value) in http.queryItems {
            switch name {
            case "transport": Self.add(value, to: &transport)
            case "sid": Self.add(value, to: &sid)
            case "EIO": Self.add(value, to: &version)
            case "b64": Self.add(value, to: &base64)
            default: break
            }
        }
        if let transport { self.transport = transport }
        if let sid, !sid.isEmpty { self.sid = sid }
        if version == "4" { self.version = 4 }
        if let base64, !base64.isEmpty { isBase64 = true }
    }

    private static func add(_ value: String, to slot: inout String?) {
        slot = slot.map { $0 + "," + value } ?? value
    }
}
