import EngineIO
import TestSupport
import Testing

/// RFC 6455 section 7.4: each breach has its close code, ends one connection, and no more.
@Suite(.timeLimit(.minutes(5))) struct `WebSocket frames that are refused` {
    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var code: Int

        init(_ name: String, _ code: Int, _ frames: WebSocketTestFrame...) {
            self.init(name, code, bytes: frames.flatMap(\.bytes))
        }

        init(_ name: String, _ code: Int, bytes: [UInt8]) {
            (self.name, self.code, self.bytes) = (name, code, bytes)
        }

        var testDescription: String { name }
    }

    private static let long = [UInt8](repeating: 0x61, count: 126)

    static let samples = [
        Sample("a frame without a mask", 1002, WebSocketTestFrame(opcode: 1, [0x34], isMasked: false)),
        Sample("first reserved bit", 1002, WebSocketTestFrame(opcode: 1, [0x34], reserved: 0x40)),
        Sample("second reserved bit", 1002, WebSocketTestFrame(opcode: 1, [0x34], reserved: 0x20)),
        Sample("third reserved bit", 1002, WebSocketTestFrame(opcode: 2, [0x34], reserved: 0x10)),
        Sample("unknown opcode 3", 1002, WebSocketTestFrame(opcode: 3, [1])),
        Sample("unknown opcode 7", 1002, WebSocketTestFrame(opcode: 7)),
        Sample("unknown control opcode", 1002, WebSocketTestFrame(opcode: 0xB)),
        Sample("last opcode", 1002, WebSocketTestFrame(opcode: 0xF)),
        Sample("a continuation of nothing", 1002, .continuation([1])),
        Sample("a message inside another", 1002, .text("4a", isFinal: false), .text("4b")),
        Sample("bytes inside a text", 1002, .text("4a", isFinal: false), .binary([1])),
        Sample("a ping in fragments", 1002, WebSocketTestFrame(opcode: 9, [1], isFinal: false)),
        Sample("a close in fragments", 1002, WebSocketTestFrame(opcode: 8, isFinal: false)),
        Sample("a long ping", 1002, WebSocketTestFrame(opcode: 9, long)),
        Sample("a long pong", 1002, WebSocketTestFrame(opcode: 10, long)),
        Sample("a long close", 1002, .close(code: 1000, reason: String(repeating: "a", count: 124))),
        Sample("half a close code", 1002, WebSocketTestFrame(opcode: 8, [3])),
        Sample("close code 0", 1002, .close(code: 0)),
        Sample("close code 999", 1002, .close(code: 999)),
        Sample("close code 1004", 1002, .close(code: 1004)),
        Sample("close code 1005", 1002, .close(code: 1005)),
        Sample("close code 1006", 1002, .close(code: 1006)),
        Sample("close code 1015", 1002, .close(code: 1015)),
        Sample("close code 2999", 1002, .close(code: 2_999)),
        Sample("close code 5000", 1002, .close(code: 5_000)),
        Sample("close code 65535", 1002, .close(code: 65_535)),
        Sample("a close reason that is no text", 1007, WebSocketTestFrame(opcode: 8, [3, 0xE8, 0xFF])),
        Sample("a text that is none", 1007, WebSocketTestFrame(opcode: 1, [0x34, 0xFF])),
        Sample("half a character", 1007, WebSocketTestFrame(opcode: 1, [0x34, 0xE2, 0x82])),
        Sample("an overlong character", 1007, WebSocketTestFrame(opcode: 1, [0x34, 0xC0, 0xAF])),
        Sample("a surrogate", 1007, WebSocketTestFrame(opcode: 1, [0x34, 0xED, 0xA0, 0x80])),
        Sample(
            "a text of fragments that is none", 1007,
            WebSocketTestFrame(opcode: 1, [0x34, 0xE2], isFinal: false), .continuation([0x28, 0xA1])),
        Sample("a length that is not the shortest", 1002, bytes: [0x82, 0xFE, 0, 1, 0, 0, 0, 0, 1]),
        Sample("a length of 63 bits", 1009, bytes: [0x82, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 7)),
        Sample("a length of 64 bits", 1002, bytes: [0x82, 0xFF] + [UInt8](repeating: 0xFF, count: 8)),
        Sample("a message above the limit", 1009, bytes: [0x82, 0xFF, 0, 0, 0, 0, 0, 0x0F, 0x42, 0x41]),
        Sample("an HTTP request", 1002, bytes: HTTPTestClient.bytes("GET", "/")),
        Sample("zeros", 1002, bytes: [UInt8](repeating: 0, count: 50)),
        Sample("ones", 1002, bytes: [UInt8](repeating: 0xFF, count: 50)),
    ]

    private func open(port: Int) async throws -> WebSocketTestClient {
        let webSocket = try await WebSocketTestClient.connect(
            port: port, "/engine.io/?EIO=4&transport=websocket")
        _ = try await webSocket.receive()
        return webSocket
    }

    @Test(arguments: samples)
    func `the close frame has the code, and the connection ends`(sample: Sample) async throws {
        try await withEngineServer { _, port in
            let webSocket = try await open(port: port)
            try await webSocket.connection.send(sample.bytes)
            let frames = try await webSocket.end()
            #expect(frames.count == 1)
            #expect(frames.first?.closeCode == sample.code, "\(frames.first?.closeReason ?? "")")
        }
    }

    @Test(arguments: samples)
    func `messages before it are delivered, those behind it are not`(sample: Sample) async throws {
        try await withEngineServer { _, port in
            let webSocket = try await open(port: port)
            let good = WebSocketTestFrame.text("4good").bytes
            try await webSocket.connection.send(good + sample.bytes + good)
            #expect(try await webSocket.receive() == "4good")
            let frames = try await webSocket.end()
            #expect(frames.map(\.opcode) == [0x8])
        }
    }

    @Test(arguments: samples)
    func `others go on`(sample: Sample) async throws {
        try await withEngineServer { _, port in
            let other = try await open(port: port)
            let webSocket = try await open(port: port)
            try await webSocket.connection.send(sample.bytes)
            _ = try await webSocket.end()
            try await other.send("4still here")
            #expect(try await other.receive() == "4still here")
            try await expectEngineWorks(port: port)
        }
    }

    @Test(arguments: samples)
    func `behind the handshake it is refused as well`(sample: Sample) async throws {
        try await withEngineServer { _, port in
            let webSocket = try await WebSocketTestClient.connect(
                port: port, "/engine.io/?EIO=4&transport=websocket", early: sample.bytes)
            let frames = try await webSocket.end()
            #expect(frames.map(\.opcode) == [0x1, 0x8])
            #expect(frames.last?.closeCode == sample.code)
        }
    }

    @Test func `random bytes end one connection only`() async throws {
        try await withEngineServer { _, port in
            var generator = SystemRandomNumberGenerator()
            for _ in 0..<100 {
                let webSocket = try await open(port: port)
                let bytes = (0..<Int.random(in: 1...300)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                try? await webSocket.connection.send(bytes)
                webSocket.close()
            }
            try await expectEngineWorks(port: port)
        }
    }

    @Test func `a connection that is cut inside a frame ends one session only`() async throws {
        try await withEngineServer { server, port in
            let frame = WebSocketTestFrame.binary([UInt8](repeating: 1, count: 200)).bytes
            for count in 0..<frame.count where count < 16 || count % 16 == 0 {
                let webSocket = try await open(port: port)
                try await webSocket.connection.send(Array(frame[..<count]))
                if count % 2 == 0 { webSocket.close() } else { webSocket.connection.reset() }
            }
            #expect(await eventually { await server.sessionCount() == 0 })
            try await expectEngineWorks(port: port)
        }
    }
}
