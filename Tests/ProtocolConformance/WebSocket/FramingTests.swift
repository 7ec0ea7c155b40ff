import EngineWire
import TestSupport
import Testing

/// RFC 6455 sections 5.2 and 5.3: lengths and masks.
@Suite(.timeLimit(.minutes(5))) struct `WebSocket framing` {
    /// Both sides of each width of the length field.
    static let sizes = [0, 1, 125, 126, 127, 128, 65_535, 65_536]

    static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
    }

    static func text(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) } }

    @Test(arguments: sizes, [.whole, .octets(997), .octets(1)] as [Chops])
    func `a text of any length comes back`(size: Int, chops: Chops) async throws {
        let text = Self.text(size)
        try await Exchange("", WebSocketTestFrame(opcode: 1, text), gives: .text(text)).play(chops)
    }

    @Test(arguments: sizes, [.whole, .octets(997), .octets(1)] as [Chops])
    func `bytes of any length come back`(size: Int, chops: Chops) async throws {
        let bytes = Self.bytes(size)
        try await Exchange("", .binary(bytes), gives: .binary(bytes)).play(chops)
    }

    @Test func `the server's frames are final, not masked, and as short as can be`() async throws {
        let heads: [(Int, [UInt8])] = [
            (0, [0x82, 0]), (125, [0x82, 125]), (126, [0x82, 126, 0, 126]),
            (65_535, [0x82, 126, 0xFF, 0xFF]), (65_536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ]
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            for (size, head) in heads {
                let bytes = Self.bytes(size)
                try await webSocket.send(.binary(bytes))
                let wire = try await webSocket.connection.next("the frame") { queue in
                    queue.count >= head.count + size ? queue.takeAll() : nil
                }
                #expect(wire == head + bytes)
            }
        }
    }

    // MARK: Masks

    @Test(arguments: [0x0000_0000, 0x0000_00FF, 0xFF00_0000, 0x3D21_FA37, 0xFFFF_FFFF] as [UInt32])
    func `any mask key is taken off`(key: UInt32) async throws {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            for size in [0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 125, 1_000] {
                let text = Self.text(size)
                try await webSocket.send(frames: WebSocketTestFrame(opcode: 1, text, key: key))
                #expect(Reply(try await webSocket.frame()) == .text(text))
            }
        }
    }

    @Test(arguments: [.whole, .octets(1)] as [Chops])
    func `each frame has a mask of its own`(chops: Chops) async throws {
        try await Exchange(
            "", WebSocketTestFrame(opcode: 1, Array("ab".utf8), isFinal: false, key: 0x0102_0304),
            WebSocketTestFrame(opcode: 9, [1, 2, 3], key: 0xFFFF_FFFF),
            WebSocketTestFrame(opcode: 0, Array("cde".utf8), isFinal: false, key: 0),
            WebSocketTestFrame(opcode: 0, Array("fg".utf8), key: 0xA0B0_C0D0),
            gives: .pong([1, 2, 3]), .text("abcdefg")
        ).play(chops)
    }

    @Test(arguments: [0, 1, 2, 8, 9, 10] as [UInt8])
    func `a frame without a mask is refused with 1002`(opcode: UInt8) async throws {
        try await Exchange(
            "", .text("before"), WebSocketTestFrame(opcode: opcode, [3, 0xE8], isMasked: false), .ping(),
            gives: .text("before"), .close(1002)
        ).play()
    }

    // MARK: Lengths

    /// Lengths that have a shorter form, or none.
    struct Length: Sendable, CustomTestStringConvertible {
        var name: String
        /// The frame's bytes up to its length; mask and payload never come.
        var head: [UInt8]

        var testDescription: String { name }
    }

    static let wrongLengths = [
        Length(name: "0 in 16 bits", head: [0x82, 0xFE, 0, 0]),
        Length(name: "2 in 16 bits", head: [0x82, 0xFE, 0, 2]),
        Length(name: "125 in 16 bits", head: [0x82, 0xFE, 0, 125]),
        Length(name: "125 in 16 bits, text", head: [0x81, 0xFE, 0, 125]),
        Length(name: "0 in 64 bits", head: [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0]),
        Length(name: "125 in 64 bits", head: [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 125]),
        Length(name: "126 in 64 bits", head: [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 126]),
        Length(name: "65,535 in 64 bits", head: [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
        Length(name: "64 bits with the first one set", head: [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        Length(name: "64 bits, all set", head: [0x82, 0xFF] + [UInt8](repeating: 0xFF, count: 8)),
        Length(name: "a ping's in 16 bits", head: [0x89, 0xFE, 0, 5]),
        Length(name: "a close's in 64 bits", head: [0x88, 0xFF, 0, 0, 0, 0, 0, 0, 0, 2]),
    ]

    @Test(arguments: wrongLengths)
    func `a length that is not the shortest is refused before its payload comes`(length: Length) async throws
    {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            try await webSocket.connection.send(length.head)
            #expect(try await webSocket.end().map(Reply.init) == [.close(1002)])
        }
    }
}
