import EngineIO
import TestSupport

/// The requests that open a session.
enum Handshake {
    static let polling = "/engine.io/?EIO=4&transport=polling"
    static let webSocket = "/engine.io/?EIO=4&transport=websocket"

    static func target(_ transport: Transport) -> String { transport == .polling ? polling : webSocket }

    /// Asks for a WebSocket that the server refuses.
    /// - Returns: all that comes until the connection's end, with bare line ends.
    static func refusedUpgrade(
        port: Int, _ target: String = webSocket, fields: [String] = []
    ) async throws -> String {
        try await HTTPTestClient.lastAnswer(
            port: port, "GET", target, fields: WebSocketTestClient.handshakeFields + fields)
    }

    /// Node's answer to a WebSocket's request that is refused, with bare line ends.
    static func refusal(_ message: String, status: String = "400 Bad Request") -> String {
        """
        HTTP/1.1 \(status)
        Connection: close
        Content-type: text/html
        Content-Length: \(message.utf8.count)

        \(message)
        """
    }

    /// Node's answer to another request that is refused, with bare line ends.
    static func jsonRefusal(_ code: Int, _ message: String, status: String = "400 Bad Request") -> String {
        let body = #"{"code":\#(code),"message":"\#(message)"}"#
        return """
            HTTP/1.1 \(status)
            Content-Type: application/json
            Content-Length: \(body.utf8.count)
            Connection: keep-alive

            \(body)
            """
    }
}
