import TestSupport
import Testing

/// RFC 6455 sections 5.5.1 and 7: the closing handshake.
@Suite(.timeLimit(.minutes(5))) struct `WebSocket closing` {
    private static func close(_ payload: [UInt8]) -> WebSocketTestFrame {
        WebSocketTestFrame(opcode: 8, payload)
    }
    private static func reason(_ count: Int) -> String { String(repeating: "*", count: count) }
    private static let large = [UInt8](repeating: UInt8(ascii: "x"), count: 256 * 1_024)

    static let orders = [
        Exchange("behind a message", .text("hello"), .close(code: 1000), gives: .text("hello"), .close(1000)),
        Exchange("twice", .close(code: 1000), .close(code: 1001), gives: .close(1000)),
        Exchange("before a ping", .close(code: 1000), .ping([1]), gives: .close(1000)),
        Exchange("before a message", .close(code: 1000), .text("hello"), gives: .close(1000)),
        Exchange(
            "inside a message", .text("frag", isFinal: false), .close(code: 1000),
            .continuation(Array("ment".utf8)), gives: .close(1000)),
        Exchange(
            "behind 256 KiB, before a ping", WebSocketTestFrame(opcode: 1, large), .close(code: 1000),
            .ping([1]),
            gives: .text(large), .close(1000)),
        Exchange(
            "behind pings", .ping([1]), .ping([2]), .close(code: 1001), gives: .pong([1]), .pong([2]),
            .close(1001)),
        Exchange(
            "before a broken frame", .close(code: 1000), WebSocketTestFrame(opcode: 3, [], reserved: 0x70),
            gives: .close(1000)),
        Exchange(
            "before bytes that are no text", .close(code: 1000), WebSocketTestFrame(opcode: 1, [0xFF]),
            gives: .close(1000)),
    ]

    @Test(arguments: orders, [.whole, .frames, .octets(997)] as [Chops])
    func `ends the conversation where it comes`(exchange: Exchange, chops: Chops) async throws {
        try await exchange.play(chops)
    }

    static let payloads = [
        Exchange("nothing", close([]), gives: .close(nil)),
        Exchange("half a code", close([3]), gives: .close(1002)),
        Exchange("a code", close([3, 0xE8]), gives: .close(1000)),
        Exchange("a code and a reason", .close(code: 1000, reason: "Hello World!"), gives: .close(1000)),
        Exchange("a reason of many scripts", .close(code: 1001, reason: "aé→🙂"), gives: .close(1001)),
        Exchange("a reason of 123 bytes", .close(code: 1000, reason: reason(123)), gives: .close(1000)),
        Exchange("a reason of 124 bytes", .close(code: 1000, reason: reason(124)), gives: .close(1002)),
        Exchange("a reason that is no text", close([3, 0xE8, 0xFF]), gives: .close(1007)),
        Exchange("a reason with half a character", close([3, 0xE8, 0x61, 0xE2, 0x82]), gives: .close(1007)),
        Exchange("a reason with a surrogate", close([3, 0xE8, 0xED, 0xA0, 0x80]), gives: .close(1007)),
        Exchange(
            "a reason beyond Unicode",
            close([3, 0xE8] + [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xF4, 0x90, 0x80, 0x80, 0x65]),
            gives: .close(1007)),
        Exchange("an invalid code and a reason that is no text", close([0, 0, 0xFF]), gives: .close(1002)),
    ]

    @Test(arguments: payloads, [.whole, .octets(1)] as [Chops])
    func `may say why, in its form`(exchange: Exchange, chops: Chops) async throws {
        try await exchange.play(chops)
    }

    /// Section 7.4 and the registry of close codes: what may stand in a frame.
    static let codes: [UInt16] = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ]

    @Test(arguments: codes)
    func `is echoed with a code that may be sent`(code: UInt16) async throws {
        try await Exchange("", .close(code: code), gives: .close(Int(code))).play()
    }

    static let wrongCodes: [UInt16] = [
        0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 9999, 32_768, 65_535,
    ]

    @Test(arguments: wrongCodes)
    func `is refused with a code that may not`(code: UInt16) async throws {
        try await Exchange("", .close(code: code, reason: "why"), gives: .close(1002)).play()
    }

    @Test func `comes from the server without waiting for the client's end`() async throws {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            try await webSocket.send(frames: .close(code: 1000))
            #expect(Reply(try await webSocket.frame()) == .close(1000))
            // Section 7.1.1: the server ends the connection first, so that the port's wait is the server's.
            #expect(try await webSocket.connection.end() == [])
        }
    }

    @Test func `is not waited for when the connection ends`() async throws {
        try await HTTPTestServer.echo { server in
            for _ in 0..<20 {
                let webSocket = try await server.openWebSocket()
                try await webSocket.send("hello")
                webSocket.connection.finishSending()
                let frames = try await webSocket.end()
                #expect(frames.first.map(Reply.init) == .text("hello"))
            }
        }
    }
}
