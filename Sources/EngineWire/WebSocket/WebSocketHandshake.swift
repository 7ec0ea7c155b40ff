/// The opening handshake of a WebSocket, server side (RFC 6455 section 4.2).
package struct WebSocketHandshake: Sendable {
    /// Appended to the client's key before hashing (RFC 6455 section 1.3).
    private static let guid: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    private let key: [UInt8]
    /// The subprotocols that the client offers, in its order (RFC 6455 section 11.3.4).
    package let subprotocols: [String]

    /// Checks what the request says.
    package init(_ request: HTTPRequest) throws(HTTPViolation) {
        guard request.method == .get else {
            throw HTTPViolation(status: 405, reason: "a WebSocket opens with GET")
        }
        guard request.field("upgrade", lists: "websocket"), request.field("connection", lists: "upgrade")
        else {
            throw .badRequest("not an upgrade to websocket")
        }
        guard request.field("sec-websocket-version") == "13" else {
            throw HTTPViolation(status: 426, reason: "only WebSocket version 13 is spoken here")
        }
        guard let key = request.field("sec-websocket-key"), key.utf8.count == 24,
            let decoded = Base64.decode(Array(key.utf8).span), decoded.count == 16
        else { throw .badRequest("Sec-WebSocket-Key is not 16 bytes in base64") }
        self.key = Array(key.utf8)
        subprotocols = request.fieldValues("sec-websocket-protocol").flatMap { value in
            value.split { $0 == "," || $0 == " " || $0 == "\t" }.map(String.init)
        }
    }

    /// Whether a request asks for a WebSocket at all.
    package static func isAsked(by request: HTTPRequest) -> Bool {
        request.field("upgrade", lists: "websocket")
    }

    /// The bytes of the answer that opens the WebSocket.
    /// - Parameter sha1: the digest, from the crypto library that the caller has.
    package func response(sha1: ([UInt8]) -> [UInt8], fields: HTTPFields = [:]) -> [UInt8] {
        var input = key
        input.append(Self.guid)
        var output: [UInt8] = []
        output.reserveCapacity(160)
        output.append(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        )
        Base64.encode(sha1(input).span, into: &output)
        output.append("\r\n")
        for field in fields {
            output.append(contentsOf: field.name.utf8)
            output.append(": ")
            for byte in field.value.utf8 { output.append(ASCII.isFieldValue(byte) ? byte : ASCII.space) }
            output.append("\r\n")
        }
        output.append("\r\n")
        return output
    }
}
