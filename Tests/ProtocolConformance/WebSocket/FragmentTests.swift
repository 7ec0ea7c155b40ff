import EngineWire
import TestSupport
import Testing

/// RFC 6455 section 5.4: messages in several frames.
@Suite(.timeLimit(.minutes(5))) struct `WebSocket fragments` {
    private static let start = WebSocketTestFrame.text("fragment1", isFinal: false)
    private static let end = WebSocketTestFrame.continuation(Array("fragment2".utf8))
    private static let whole = Reply.text("fragment1fragment2")
    private static let lone = WebSocketTestFrame.continuation(Array("lone".utf8))
    private static let loneStart = WebSocketTestFrame.continuation(Array("lone".utf8), isFinal: false)
    private static func middle(_ text: String) -> WebSocketTestFrame {
        .continuation(Array(text.utf8), isFinal: false)
    }

    static let allowed = [
        Exchange("two fragments", start, end, gives: whole),
        Exchange("a ping between them", start, .ping([1]), end, gives: .pong([1]), whole),
        Exchange("a pong between them", start, .pong([1]), end, gives: whole),
        Exchange(
            "five, with pings", .text("1", isFinal: false), middle("2"), .ping([1]), middle("3"), middle("4"),
            .ping([2]), .continuation(Array("5".utf8)), gives: .pong([1]), .pong([2]), .text("12345")),
        Exchange(
            "ten pings between", [start] + (0..<10).map { .ping([$0]) } + [end],
            gives: (0..<10).map { .pong([$0]) } + [whole]),
        Exchange(
            "binary ones", .binary([0xFF], isFinal: false), .continuation([0xFE], isFinal: false),
            .continuation([0xC0]), gives: .binary([0xFF, 0xFE, 0xC0])),
        Exchange("an empty start", .text("", isFinal: false), lone, gives: .text("lone")),
        Exchange("an empty end", start, .continuation([]), gives: .text("fragment1")),
        Exchange("an empty middle", start, middle(""), middle(""), end, gives: whole),
        Exchange(
            "nothing but empty ones", .text("", isFinal: false), middle(""), .continuation([]),
            gives: .text("")),
        Exchange(
            "empty binary ones", .binary([], isFinal: false), .continuation([], isFinal: false),
            .continuation([]), gives: .binary([])),
        Exchange("one message behind another", start, end, start, end, gives: whole, whole),
        Exchange(
            "text, bytes, text", start, end, .binary([1], isFinal: false), .continuation([2]), .text("3"),
            gives: whole, .binary([1, 2]), .text("3")),
    ]

    @Test(arguments: allowed, [.whole, .frames, .octets(1)] as [Chops])
    func `make one message`(exchange: Exchange, chops: Chops) async throws { try await exchange.play(chops) }

    static let refused = [
        Exchange(
            "a ping in two", WebSocketTestFrame(opcode: 9, [1], isFinal: false), .continuation([2]),
            gives: .close(1002)),
        Exchange(
            "a pong in two", WebSocketTestFrame(opcode: 10, [1], isFinal: false), .continuation([2]),
            gives: .close(1002)),
        Exchange(
            "a close in two", WebSocketTestFrame(opcode: 8, [3], isFinal: false), .continuation([0xE8]),
            gives: .close(1002)),
        Exchange(
            "a ping in two inside a message", start, WebSocketTestFrame(opcode: 9, [1], isFinal: false), end,
            gives: .close(1002)),
        Exchange("an end of nothing", lone, .text("hello"), gives: .close(1002)),
        Exchange("a middle of nothing", loneStart, .text("hello"), gives: .close(1002)),
        Exchange("an empty end of nothing", .continuation([]), .text("hello"), gives: .close(1002)),
        Exchange("an end behind a message", .text("hello"), lone, gives: .text("hello"), .close(1002)),
        Exchange(
            "a middle behind a fragmented message", start, end, loneStart, .text("hello"),
            gives: whole, .close(1002)),
        Exchange("an end behind a ping", .ping([1]), lone, gives: .pong([1]), .close(1002)),
        Exchange(
            "a middle before a message, twice", loneStart, start, end, loneStart, start, end,
            gives: .close(1002)),
        Exchange("an end before a message, twice", lone, start, end, lone, start, end, gives: .close(1002)),
        Exchange("a text inside a text", start, .text("fragment2"), gives: .close(1002)),
        Exchange("a start inside a text", start, start, end, gives: .close(1002)),
        Exchange("bytes inside a text", start, .binary([1]), gives: .close(1002)),
        Exchange("a text inside bytes", .binary([1], isFinal: false), .text("2"), gives: .close(1002)),
        Exchange(
            "a text behind a ping inside a text", start, .ping([1]), .text("2"), gives: .pong([1]),
            .close(1002)),
    ]

    @Test(arguments: refused, [.whole, .frames, .octets(1)] as [Chops])
    func `that do not fit fail the connection`(exchange: Exchange, chops: Chops) async throws {
        try await exchange.play(chops)
    }

    @Test(arguments: [0x00, 0x80, 0x09, 0x0A, 0x08] as [UInt8])
    func `that do not fit are refused before their payload comes`(first: UInt8) async throws {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            try await webSocket.connection.send([first, 0x85, 1, 2, 3, 4])
            #expect(try await webSocket.end().map(Reply.init) == [.close(1002)])
        }
    }

    @Test func `are not waited for: a ping between them is answered at once`() async throws {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            try await webSocket.send(frames: Self.start, .ping([1]))
            #expect(Reply(try await webSocket.frame()) == .pong([1]))
            try await webSocket.send(frames: Self.middle("…"), .ping([2]))
            #expect(Reply(try await webSocket.frame()) == .pong([2]))
            try await webSocket.send(frames: Self.end)
            #expect(Reply(try await webSocket.frame()) == .text("fragment1…fragment2"))
        }
    }

    // MARK: How many

    private static func limits(fragments: Int) -> WebSocketLimits {
        var limits = WebSocketLimits()
        limits.fragments = fragments
        return limits
    }

    private func fragments(_ count: Int) -> [WebSocketTestFrame] {
        [.binary([0], isFinal: false)]
            + (1..<count).map { .continuation([UInt8($0)], isFinal: $0 == count - 1) }
    }

    @Test func `as many as are allowed make a message`() async throws {
        try await Exchange("", fragments(10), gives: [.binary(Array(0..<10))]).play(
            limits: Self.limits(fragments: 10))
    }

    @Test func `one more closes with 1008`() async throws {
        try await Exchange("", fragments(11), gives: [.close(1008)]).play(limits: Self.limits(fragments: 10))
    }

    @Test func `are counted for each message anew`() async throws {
        try await Exchange(
            "", fragments(10) + fragments(10), gives: [.binary(Array(0..<10)), .binary(Array(0..<10))]
        ).play(limits: Self.limits(fragments: 10))
    }

    @Test func `pings between them do not count`() async throws {
        let pings = [WebSocketTestFrame](repeating: .ping(), count: 20)
        try await Exchange(
            "", [fragments(10)[0]] + pings + fragments(10).dropFirst(),
            gives: [Reply](repeating: .pong([]), count: 20) + [.binary(Array(0..<10))]
        ).play(limits: Self.limits(fragments: 10))
    }
}
