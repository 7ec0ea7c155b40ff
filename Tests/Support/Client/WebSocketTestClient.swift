/// One WebSocket, client side, which can also do what no client should.
package final class WebSocketTestClient: Sendable {
    /// The server refused the handshake.
    package struct Refused: Error, CustomStringConvertible {
        package var response: HTTPTestResponse
        package var description: String { "\(response.statusLine): \(response.text)" }
    }

    /// The server closed while the test waited for a message.
    package struct Closed: Error, Hashable {
        package var code: Int?
        package var reason: String
    }

    /// The key of RFC 6455 section 1.3, and the answer that it must get.
    package static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    package static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    /// The fields of an opening handshake.
    package static let handshakeFields = [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: \(key)",
    ]

    package let connection: TCPTestClient
    /// The server's answer to the handshake.
    package let response: HTTPTestResponse

    private init(_ connection: TCPTestClient, _ response: HTTPTestResponse) {
        self.connection = connection
        self.response = response
    }

    /// Opens a WebSocket.
    /// - Parameters:
    ///   - fields: more of the handshake's header fields.
    ///   - early: bytes that go out with the handshake, before its answer.
    package static func connect(
        port: Int, _ target: String, fields: [String] = [], early: [UInt8] = [], receiveBuffer: Int32? = nil
    ) async throws -> WebSocketTestClient {
        let connection = try await TCPTestClient.connect(port: port, receiveBuffer: receiveBuffer)
        try await connection.send(
            HTTPTestClient.bytes("GET", target, fields: handshakeFields + fields) + early)
        let response = try await connection.next("the handshake") {
            try HTTPTestResponse.take(from: &$0)
        }
        guard response.status == 101 else { throw Refused(response: response) }
        return WebSocketTestClient(connection, response)
    }

    // MARK: Sending

    package func send(_ messages: TestMessage...) async throws {
        for message in messages {
            switch message {
            case .text(let text): try await send(frames: .text(text))
            case .binary(let bytes): try await send(frames: .binary(bytes))
            }
        }
    }

    package func send(frames: WebSocketTestFrame...) async throws {
        try await connection.send(frames.flatMap(\.bytes))
    }

    // MARK: Receiving

    /// Waits for the next frame of any kind.
    package func frame(within time: Duration = TCPTestClient.patience) async throws -> WebSocketTestFrame {
        try await connection.next("a frame", within: time) { WebSocketTestFrame.take(from: &$0) }
    }

    /// Waits for the next message.
    package func receive(within time: Duration = TCPTestClient.patience) async throws -> TestMessage {
        let frame = try await frame(within: time)
        switch frame.opcode {
        case 0x1: return .text(String(decoding: frame.payload, as: UTF8.self))
        case 0x2: return .binary(frame.payload)
        default: throw Closed(code: frame.closeCode, reason: frame.closeReason)
        }
    }

    /// Waits for the end of the connection.
    /// - Returns: the frames that came before it.
    package func end() async throws -> [WebSocketTestFrame] {
        var queue = ByteQueue()
        queue.append(try await connection.end())
        var frames: [WebSocketTestFrame] = []
        while let frame = WebSocketTestFrame.take(from: &queue) { frames.append(frame) }
        return frames
    }

    package func close() { connection.close() }
}
