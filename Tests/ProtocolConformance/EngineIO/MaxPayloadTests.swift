import EngineIO
import TestSupport
import Testing

/// Rows E6 and H9: both sides of the largest message.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO largest message` {
    private static let options = EngineOptions.test { $0.maxPayload = 1_000 }

    private func text(of count: Int) -> String { "4" + String(repeating: "x", count: count - 1) }

    @Test(arguments: Transport.allCases)
    func `a message of maxPayload bytes is taken`(transport: Transport) async throws {
        try await withEngineServer(Self.options) { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            let packet = TestMessage.text(text(of: 1_000))
            try await client.send(packet)
            #expect(try await client.receive() == packet)
        }
    }

    @Test func `a body of one byte more gets 413`() async throws {
        try await withEngineServer(Self.options) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let answer = try await client.post(text(of: 1_001))
            #expect(answer.statusLine == "HTTP/1.1 413 Payload Too Large")
            #expect(answer.body == [])
        }
    }

    @Test func `after a 413 the session goes on`() async throws {
        try await withEngineServer(Self.options) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post(text(of: 5_000))
            #expect(try await client.post("4hello").text == "ok")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `a body in chunks is counted while it comes`() async throws {
        try await withEngineServer(Self.options) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await HTTPTestClient.connect(port: port)
            let chunk = "258\r\n" + String(repeating: "x", count: 600) + "\r\n"
            try await http.connection.send(
                "POST \(client.target()) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)\(chunk)"
            )
            #expect(try await http.response().status == 413)
        }
    }

    @Test(arguments: [
        WebSocketTestFrame.text("4" + String(repeating: "x", count: 1_000)),
        .binary([UInt8](repeating: 1, count: 1_001)),
    ])
    func `a WebSocket message of one byte more closes with 1009`(frame: WebSocketTestFrame) async throws {
        try await withEngineServer(Self.options) { _, port in
            let client = try await EngineTestClient.connect(port: port, .webSocket)
            try await client.webSocket?.send(frames: frame)
            let closed = try #require(
                await #expect(throws: WebSocketTestClient.Closed.self) {
                    try await client.receive()
                })
            #expect(closed.code == 1009)
        }
    }

    @Test func `fragments count together`() async throws {
        try await withEngineServer(Self.options) { _, port in
            let client = try await EngineTestClient.connect(port: port, .webSocket)
            let half = [UInt8](repeating: 1, count: 501)
            try await client.webSocket?.send(frames: .binary(half, isFinal: false), .continuation(half))
            let closed = try #require(
                await #expect(throws: WebSocketTestClient.Closed.self) {
                    try await client.receive()
                })
            #expect(closed.code == 1009)
        }
    }

    @Test func `a length is refused before its bytes come`() async throws {
        try await withEngineServer(Self.options) { _, port in
            let client = try await EngineTestClient.connect(port: port, .webSocket)
            try await client.webSocket?.connection.send(
                [0x82, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 7))
            let closed = try #require(
                await #expect(throws: WebSocketTestClient.Closed.self) {
                    try await client.receive()
                })
            #expect(closed.code == 1009)
        }
    }

    @Test(arguments: Transport.allCases)
    func `the server may send more than that`(transport: Transport) async throws {
        let onConnection: @Sendable (Session) -> Void = { session in
            session.onMessage { _ in session.send(String(repeating: "y", count: 300_000)) }
        }
        try await withEngineServer(Self.options, onConnection: onConnection) { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            try await client.send("4go")
            #expect(try await client.receive().text.utf8.count == 300_001)
        }
    }
}
