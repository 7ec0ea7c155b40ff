import TestSupport
import Testing

/// RFC 6455 section 8.1: text is UTF-8.
@Suite(.timeLimit(.minutes(5))) struct `WebSocket text` {
    static func text(_ bytes: [UInt8], isFinal: Bool = true) -> WebSocketTestFrame {
        WebSocketTestFrame(opcode: 1, bytes, isFinal: isFinal)
    }

    /// A text in fragments of these bytes.
    private static func fragments(_ parts: [[UInt8]]) -> [WebSocketTestFrame] {
        parts.enumerated().map { index, part in
            WebSocketTestFrame(opcode: index == 0 ? 1 : 0, part, isFinal: index == parts.count - 1)
        }
    }

    // MARK: Valid

    @Test(arguments: UTF8Samples.valid)
    func `of any characters comes back`(bytes: [UInt8]) async throws {
        try await Exchange("", Self.text(bytes), gives: .text(bytes)).play()
    }

    private static let mixed = Array("Hello-µ@ßöäüàá-UTF-8!! κόσμε 𝄞🙂".utf8)

    @Test func `may be cut into two fragments at every byte`() async throws {
        let cuts = (0...Self.mixed.count).map { [Array(Self.mixed[..<$0]), Array(Self.mixed[$0...])] }
        try await Exchange(
            "", cuts.flatMap(Self.fragments), gives: cuts.map { _ in .text(Self.mixed) }
        ).play(.frames)
    }

    @Test func `may be cut into two writes at every byte`() async throws {
        let frame = Self.text(Self.mixed).bytes
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            for cut in 1..<frame.count {
                try await webSocket.connection.send(Array(frame[..<cut]))
                await server.settle()
                try await webSocket.connection.send(Array(frame[cut...]))
                #expect(Reply(try await webSocket.frame()) == .text(Self.mixed), "cut at \(cut)")
            }
        }
    }

    @Test(arguments: [.whole, .frames, .octets(1)] as [Chops])
    func `may come in fragments of one byte`(chops: Chops) async throws {
        try await Exchange("", Self.fragments(Self.mixed.cut(into: 1)), gives: [.text(Self.mixed)]).play(
            chops)
    }

    @Test func `may have pings between the bytes of a character`() async throws {
        let parts = Self.fragments(Array("🙂".utf8).cut(into: 1))
        try await Exchange(
            "", parts[0], .ping([0xF0]), parts[1], .ping([0xFF]), parts[2], .ping(), parts[3],
            gives: .pong([0xF0]), .pong([0xFF]), .pong([]), .text("🙂")
        ).play(.frames)
    }

    @Test func `is checked in each message anew`() async throws {
        try await Exchange(
            "", .binary([0xE2, 0x82], isFinal: false), .continuation([0xFF]),
            Self.text([0x61], isFinal: false),
            .continuation([0x62]), .binary([0xF0]), .text("c"),
            gives: .binary([0xE2, 0x82, 0xFF]), .text("ab"), .binary([0xF0]), .text("c")
        ).play()
    }

    // MARK: Invalid

    @Test(arguments: UTF8Samples.invalid)
    func `that is none is refused with 1007`(sample: UTF8Samples.Invalid) async throws {
        try await Exchange("", Self.text(sample.bytes), .ping(), gives: .close(1007)).play()
    }

    @Test(arguments: UTF8Samples.invalid)
    func `that is none is refused in fragments of one byte`(sample: UTF8Samples.Invalid) async throws {
        try await Exchange(
            "", Self.fragments(sample.bytes.cut(into: 1)) + [.ping()], gives: [.close(1007)]
        ).play()
    }

    @Test(arguments: UTF8Samples.unfinished)
    func `that ends inside a character is refused with 1007`(bytes: [UInt8]) async throws {
        try await Exchange("", Self.text(bytes), .ping(), gives: .close(1007)).play()
    }

    @Test(arguments: UTF8Samples.unfinished)
    func `that ends inside a character is refused in fragments`(bytes: [UInt8]) async throws {
        try await Exchange(
            "", Self.text(bytes, isFinal: false), .ping([1]), .continuation([]), .ping([2]),
            gives: .pong([1]), .close(1007)
        ).play()
    }

    @Test func `that may still become right is waited for`() async throws {
        try await HTTPTestServer.echo { server in
            for bytes in UTF8Samples.unfinished {
                let webSocket = try await server.openWebSocket()
                try await webSocket.send(frames: Self.text(bytes, isFinal: false), .ping([1]))
                #expect(Reply(try await webSocket.frame()) == .pong([1]))
            }
        }
    }

    @Test func `is no matter of binary messages`() async throws {
        let all = UTF8Samples.invalid.map(\.bytes) + UTF8Samples.unfinished
        try await Exchange("", all.map { .binary($0) }, gives: all.map { .binary($0) }).play()
    }
}
