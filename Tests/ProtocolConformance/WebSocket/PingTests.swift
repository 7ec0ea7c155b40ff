import TestSupport
import Testing

/// RFC 6455 sections 5.5.2 and 5.5.3: each ping is answered with its own payload.
@Suite(.timeLimit(.minutes(5))) struct `WebSocket pings` {
    private static let noText: [UInt8] = [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF]

    static let exchanges = [
        Exchange("nothing", .ping(), gives: .pong([])),
        Exchange("text", .ping(Array("Hello, world!".utf8)), gives: .pong("Hello, world!")),
        Exchange("bytes that are no text", .ping(noText), gives: .pong(noText)),
        Exchange(
            "as much as fits", .ping([UInt8](repeating: 0xFE, count: 125)),
            gives: .pong([UInt8](repeating: 0xFE, count: 125))),
        Exchange(
            "ten in a row", (0..<10).map { .ping(Array("payload-\($0)".utf8)) },
            gives: (0..<10).map { .pong("payload-\($0)") }),
        Exchange("a pong that nobody asked for", .pong(), .text("on"), gives: .text("on")),
        Exchange("its payload", .pong(Array("unasked".utf8)), .text("on"), gives: .text("on")),
        Exchange(
            "a pong, then a ping", .pong(Array("unasked".utf8)), .ping(Array("asked".utf8)),
            gives: .pong("asked")),
        Exchange("a pong of 125 bytes", .pong([UInt8](repeating: 1, count: 125)), .ping(), gives: .pong([])),
        Exchange(
            "between messages", .text("one"), .ping([1]), .binary([2]), .ping([3]), .text("two"),
            gives: .text("one"), .pong([1]), .binary([2]), .pong([3]), .text("two")),
        Exchange("126 bytes", .ping([UInt8](repeating: 0xFE, count: 126)), gives: .close(1002)),
        Exchange("a pong of 126 bytes", .pong([UInt8](repeating: 0xFE, count: 126)), gives: .close(1002)),
        Exchange("65,536 bytes", .ping([UInt8](repeating: 0xFE, count: 65_536)), gives: .close(1002)),
    ]

    @Test(arguments: exchanges, [.whole, .frames, .octets(1)] as [Chops])
    func `are answered in their order`(exchange: Exchange, chops: Chops) async throws {
        try await exchange.play(chops)
    }

    @Test func `of every length are answered`() async throws {
        let payloads = (0...125).map { [UInt8](repeating: UInt8($0), count: $0) }
        try await Exchange("", payloads.map { .ping($0) }, gives: payloads.map { .pong($0) }).play()
    }

    @Test(arguments: [0x89, 0x8A] as [UInt8])
    func `that are too long are refused by their length alone`(first: UInt8) async throws {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            try await webSocket.connection.send([first, 0xFE])
            #expect(try await webSocket.end().map(Reply.init) == [.close(1002)])
        }
    }
}
