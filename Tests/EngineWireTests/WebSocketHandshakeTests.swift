import EngineWire
import Testing

/// RFC 6455 section 4.2.
@Suite struct `The opening handshake` {
    private static let fields = [
        "Host: server.example.com", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ]
    /// SHA-1 of the example's key and the GUID (section 1.3).
    private static let digest: [UInt8] = [
        0xB3, 0x7A, 0x4F, 0x2C, 0xC0, 0x62, 0x4F, 0x16, 0x90, 0xF6, 0x46, 0x06, 0xCF, 0x38, 0x59, 0x45, 0xB2,
        0xBE,
        0xC4, 0xEA,
    ]

    @Test func `answers the example of the RFC with its accept value`() throws {
        let handshake = try WebSocketHandshake(request())
        var hashed: [UInt8] = []
        let response = handshake.response(sha1: { input in
            hashed = input
            return Self.digest
        })
        #expect(hashed == Array("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        #expect(
            String(decoding: response, as: UTF8.self)
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
    }

    @Test func `adds fields, whose values cannot begin others`() throws {
        let response = try WebSocketHandshake(request())
            .response(sha1: { _ in Self.digest }, fields: ["Set-Cookie": "io=1\r\nX: y", "A": "b"])
        #expect(
            String(decoding: response, as: UTF8.self).hasSuffix("\r\nSet-Cookie: io=1  X: y\r\nA: b\r\n\r\n"))
    }

    @Test(arguments: [
        ("Upgrade: websocket", "Upgrade: WebSocket"), ("Upgrade: websocket", "Upgrade: h2c, websocket"),
        ("Connection: Upgrade", "Connection: keep-alive, upgrade"),
        ("Connection: Upgrade", "Connection: keep-alive\r\nConnection: Upgrade"),
    ])
    func `is accepted as browsers and proxies spell it`(field: String, spelling: String) throws {
        _ = try WebSocketHandshake(request(replacing: field, with: spelling))
    }

    @Test(arguments: [
        ("Upgrade: websocket", "X: y", 400), ("Upgrade: websocket", "Upgrade: websockets", 400),
        ("Connection: Upgrade", "X: y", 400), ("Connection: Upgrade", "Connection: close", 400),
        ("Sec-WebSocket-Version: 13", "X: y", 426),
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 426),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "X: y", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key:", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j*Q==", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQAA", 400),
    ])
    func `is refused`(field: String, replacement: String, status: Int) throws {
        let request = try request(replacing: field, with: replacement)
        let violation = #expect(throws: HTTPViolation.self) { _ = try WebSocketHandshake(request) }
        #expect(violation?.status == status)
    }

    @Test func `is refused for another method than GET`() throws {
        let request = try request(method: "POST")
        let violation = #expect(throws: HTTPViolation.self) { _ = try WebSocketHandshake(request) }
        #expect(violation?.status == 405)
    }

    @Test func `is asked for by the Upgrade field`() throws {
        #expect(WebSocketHandshake.isAsked(by: try request()))
        #expect(
            !WebSocketHandshake.isAsked(
                by: try request(replacing: "Upgrade: websocket", with: "Upgrade: h2c")))
    }

    private func request(
        method: String = "GET", replacing field: String = "", with replacement: String = ""
    ) throws -> HTTPRequest {
        let fields = Self.fields.map { $0 == field ? replacement : $0 }.joined(separator: "\r\n")
        return try #require(try RequestReader.only("\(method) /chat HTTP/1.1\r\n\(fields)\r\n\r\n"))
    }
}
