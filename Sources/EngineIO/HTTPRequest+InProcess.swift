internal import EngineWire

extension HTTPRequest {
    /// The request by which a client in this process would open a WebSocket, read as every other is.
    /// - Parameters:
    ///   - path: of the engine.
    ///   - headers: fields, which take the place of the usual ones of their names.
    ///   - query: items behind those of the protocol.
    /// - Throws: what the server would say to such a request.
    static func openingWebSocket(
        of path: String, headers: [String: String], query: [String: String], limits: HTTPLimits
    ) throws(HTTPViolation) -> HTTPRequest {
        var fields: HTTPFields = ["Host": "localhost", "Connection": "Upgrade", "Upgrade": "websocket"]
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { fields[name] = value }
        var head = "GET \(path)?EIO=4&transport=websocket"
        for (name, value) in query.sorted(by: { $0.key < $1.key }) {
            head += "&\(escaped(name))=\(escaped(value))"
        }
        head += " HTTP/1.1\r\n"
        for (name, value) in fields {
            guard !(name + value).utf8.contains(where: { $0 == ASCII.cr || $0 == ASCII.lf }) else {
                throw HTTPViolation(status: 400, reason: "a header field has more than one line")
            }
            head += "\(name): \(value)\r\n"
        }
        var decoder = RequestDecoder(limits: limits)
        guard case .head(let request) = try decoder.decode(Array("\(head)\r\n".utf8).span).event else {
            throw HTTPViolation(status: 400, reason: "a request's head is not whole")
        }
        return request
    }

    /// Text as it stands in a query (RFC 3986 section 2.1).
    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            guard !ASCII.isUnreserved(byte) else { return String(UnicodeScalar(byte)) }
            return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
