import EngineIO
import TestSupport
import Testing

/// RFC 6455 section 5: frames that are right.
@Suite(.timeLimit(.minutes(1))) struct `WebSocket frames` {
    /// Gives `body` an open WebSocket of a server that sends every message back.
    private func withWebSocket(
        _ options: EngineOptions = .test(), _ body: (WebSocketTestClient) async throws -> Void
    ) async throws {
        try await withEngineServer(options) { _, port in
            let webSocket = try await WebSocketTestClient.connect(
                port: port, "/engine.io/?EIO=4&transport=websocket")
            _ = try await webSocket.receive()
            try await body(webSocket)
        }
    }

    @Test(arguments: [[], [1], Array("hello".utf8), [UInt8](repeating: 0xFE, count: 125)] as [[UInt8]])
    func `a ping gets a pong with its payload`(payload: [UInt8]) async throws {
        try await withWebSocket { webSocket in
            try await webSocket.send(frames: .ping(payload))
            let pong = try await webSocket.frame()
            #expect(pong.opcode == 0xA)
            #expect(pong.payload == payload)
        }
    }

    @Test func `a pong that nobody asked for is ignored`() async throws {
        try await withWebSocket { webSocket in
            try await webSocket.send(frames: WebSocketTestFrame(opcode: 0xA, [1, 2]), .text("4hello"))
            #expect(try await webSocket.receive() == "4hello")
        }
    }

    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
    func `a payload of any length comes back`(length: Int) async throws {
        try await withWebSocket { webSocket in
            let message = TestMessage.binary((0..<length).map { UInt8(truncatingIfNeeded: $0) })
            try await webSocket.send(message)
            #expect(try await webSocket.receive() == message)
        }
    }

    @Test(arguments: [126, 65_536])
    func `the server's frames are final, not masked, and as short as can be`(length: Int) async throws {
        try await withWebSocket { webSocket in
            let bytes = [UInt8](repeating: 9, count: length)
            try await webSocket.send(.binary(bytes))
            let head: [UInt8] = length == 126 ? [0x82, 126, 0, 126] : [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]
            let wire = try await webSocket.connection.next("the frame") { queue in
                queue.count >= head.count + length ? queue.take(head.count + length) : nil
            }
            #expect(wire == head + bytes)
        }
    }

    @Test func `a mask key of zeros is a mask`() async throws {
        try await withWebSocket { webSocket in
            try await webSocket.connection.send([0x81, 0x82, 0, 0, 0, 0, 0x34, 0x78])
            #expect(try await webSocket.receive() == "4x")
        }
    }

    @Test func `a length may be longer than it need be`() async throws {
        try await withWebSocket { webSocket in
            try await webSocket.connection.send([0x81, 0xFE, 0, 2, 0, 0, 0, 0, 0x34, 0x78])
            #expect(try await webSocket.receive() == "4x")
        }
    }

    @Test func `a frame may come byte by byte`() async throws {
        try await withWebSocket { webSocket in
            for byte in WebSocketTestFrame.text("4slow → frame").bytes {
                try await webSocket.connection.send([byte])
            }
            #expect(try await webSocket.receive() == "4slow → frame")
        }
    }

    @Test func `many frames may come at once`() async throws {
        try await withWebSocket { webSocket in
            let frames = (0..<500).map { WebSocketTestFrame.text("4\($0)") }
            try await webSocket.connection.send(frames.flatMap(\.bytes))
            for number in 0..<500 {
                let message = try await webSocket.receive()
                #expect(message == .text("4\(number)"))
            }
        }
    }

    // MARK: Fragments

    @Test(arguments: 1...6)
    func `a message in fragments comes back whole`(size: Int) async throws {
        try await withWebSocket { webSocket in
            // Cuts characters of several bytes, too.
            let bytes = Array("4é→🙂 whole".utf8)
            let parts = stride(from: 0, to: bytes.count, by: size).map {
                Array(bytes[$0..<min($0 + size, bytes.count)])
            }
            for (index, part) in parts.enumerated() {
                let isLast = index == parts.count - 1
                try await webSocket.send(
                    frames: WebSocketTestFrame(opcode: index == 0 ? 1 : 0, part, isFinal: isLast))
            }
            #expect(try await webSocket.receive() == "4é→🙂 whole")
        }
    }

    @Test func `binary fragments come back whole`() async throws {
        try await withWebSocket { webSocket in
            try await webSocket.send(
                frames: .binary([1], isFinal: false), .continuation([], isFinal: false),
                .continuation([2, 3]))
            #expect(try await webSocket.receive() == [1, 2, 3])
        }
    }

    @Test func `a ping between fragments is answered at once`() async throws {
        try await withWebSocket { webSocket in
            try await webSocket.send(frames: .text("4he", isFinal: false), .ping([7]))
            #expect(try await webSocket.frame().opcode == 0xA)
            try await webSocket.send(frames: .continuation(Array("llo".utf8)))
            #expect(try await webSocket.receive() == "4hello")
        }
    }

    @Test func `a ping between fragments does not count as a part of the message`() async throws {
        try await withWebSocket(.test { $0.maxPayload = 200 }) { webSocket in
            let half = [UInt8](repeating: 5, count: 190)
            try await webSocket.send(
                frames: .binary(half, isFinal: false), .ping([UInt8](repeating: 1, count: 100)))
            #expect(try await webSocket.frame().opcode == 0xA)
            try await webSocket.send(frames: .continuation([6]))
            #expect(try await webSocket.receive() == .binary(half + [6]))
        }
    }

    @Test func `as many fragments as are allowed make a message`() async throws {
        try await withWebSocket(.test { $0.maxFragments = 10 }) { webSocket in
            try await webSocket.send(frames: .binary([0], isFinal: false))
            for number in 1..<10 {
                try await webSocket.send(frames: .continuation([UInt8(number)], isFinal: number == 9))
            }
            #expect(try await webSocket.receive() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        }
    }

    // MARK: Closing

    @Test(arguments: [1000, 1001, 1003, 1007, 1011, 3000, 4999] as [UInt16])
    func `a close frame is echoed with its code, and the connection ends`(code: UInt16) async throws {
        try await withWebSocket { webSocket in
            try await webSocket.send(frames: .close(code: code, reason: "bye"))
            let frames = try await webSocket.end()
            #expect(frames.map(\.opcode) == [0x8])
            #expect(frames.first?.closeCode == Int(code))
        }
    }

    @Test func `a close frame without a code is echoed without one`() async throws {
        try await withWebSocket { webSocket in
            try await webSocket.send(frames: WebSocketTestFrame(opcode: 0x8))
            let frames = try await webSocket.end()
            #expect(frames == [WebSocketTestFrame(opcode: 0x8, isMasked: false)])
        }
    }

    @Test func `messages before a close frame are answered, those behind it are not`() async throws {
        try await withWebSocket { webSocket in
            try await webSocket.send(frames: .text("4before"), .close(code: 1000), .text("4behind"))
            let frames = try await webSocket.end()
            #expect(frames.map(\.opcode) == [0x1, 0x8])
        }
    }
}
