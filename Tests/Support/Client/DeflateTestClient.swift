internal import EngineWire

/// One Engine.IO session over a WebSocket that offers permessage-deflate (RFC 7692), client side. For one task.
package final class DeflateTestClient {
    /// What arrived, and how.
    package struct Received: Hashable {
        package var message: TestMessage
        package var isCompressed: Bool
        /// Bytes of the frame's payload on the wire.
        package var size: Int
    }

    package let webSocket: WebSocketTestClient
    /// What the server agreed to, e.g. `server_max_window_bits=10`; nil if it declined.
    package let agreed: Set<String>?
    private let deflater: Deflater
    private let inflater: Inflater

    private init(_ webSocket: WebSocketTestClient) {
        self.webSocket = webSocket
        let words = webSocket.response["Sec-WebSocket-Extensions"]?.split(separator: ";").map {
            $0.filter { $0 != " " }
        }
        agreed = words.map { Set($0.dropFirst()) }
        func bits(_ name: String) -> Int {
            words?.first { $0.hasPrefix(name) }?.split(separator: "=").last.flatMap { Int($0) } ?? 15
        }
        // As strict as the server may be: a window that is one bit smaller would not read it.
        inflater = Inflater(format: .raw, windowBits: bits("server_max_window_bits"))
        deflater = Deflater(format: .raw, windowBits: bits("client_max_window_bits"))
    }

    /// Opens a session.
    /// - Parameter offers: values of `Sec-WebSocket-Extensions` fields.
    package static func connect(port: Int, offers: [String]) async throws -> DeflateTestClient {
        let webSocket = try await WebSocketTestClient.connect(
            port: port, "/engine.io/?EIO=4&transport=websocket",
            fields: offers.map { "Sec-WebSocket-Extensions: \($0)" })
        _ = try await webSocket.receive()
        return DeflateTestClient(webSocket)
    }

    // MARK: Sending

    /// What stands in a compressed message's frames: without the end of the last block, which RFC 7692 leaves out.
    package func compressed(_ bytes: [UInt8]) -> [UInt8] {
        if agreed?.contains("client_no_context_takeover") == true { deflater.reset() }
        var output: [UInt8] = []
        deflater.compress(bytes.span, into: &output, ending: .syncFlush)
        return output.isEmpty ? [0x00] : Array(output.dropLast(4))
    }

    /// A message in one compressed frame.
    package func frame(_ message: TestMessage) -> WebSocketTestFrame {
        switch message {
        case .text(let text): .compressed(1, compressed(Array(text.utf8)))
        case .binary(let bytes): .compressed(2, compressed(bytes))
        }
    }

    /// Sends messages, each compressed.
    package func send(_ messages: TestMessage...) async throws {
        for message in messages { try await webSocket.send(frames: frame(message)) }
    }

    // MARK: Receiving

    /// Waits for the next message.
    package func receive() async throws -> Received {
        let frame = try await webSocket.frame()
        guard frame.opcode == 1 || frame.opcode == 2 else {
            throw WebSocketTestClient.Closed(code: frame.closeCode, reason: frame.closeReason)
        }
        let isCompressed = frame.reserved == 0x40
        var bytes = frame.payload
        if isCompressed {
            if agreed?.contains("server_no_context_takeover") == true { inflater.reset() }
            bytes = []
            let input = frame.payload + [0x00, 0x00, 0xFF, 0xFF]
            try inflater.inflate(input.span, into: &bytes, limit: .max)
        }
        return Received(
            message: frame.opcode == 1 ? .text(String(decoding: bytes, as: UTF8.self)) : .binary(bytes),
            isCompressed: isCompressed, size: frame.payload.count)
    }

    /// The close code that ends the connection; nil when something else does, or another frame comes before.
    package func closeCode() async throws -> Int? {
        let frames = try await webSocket.end()
        return frames.count == 1 ? frames[0].closeCode : nil
    }
}

extension WebSocketTestFrame {
    /// A frame with the bit of a compressed message.
    package static func compressed(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true)
        -> WebSocketTestFrame
    {
        WebSocketTestFrame(opcode: opcode, payload, isFinal: isFinal, reserved: 0x40)
    }
}
