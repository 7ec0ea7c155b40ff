import RedisClient
import Testing

@Suite("Reading RESP2")
struct RedisReplyReaderTests {
    static let vectors: [(wire: String, replies: [RedisReply])] = [
        ("+OK\r\n", [.status("OK")]),
        ("-ERR no\r\n", [.error("ERR no")]),
        (":42\r\n:-7\r\n", [.integer(42), .integer(-7)]),
        ("$5\r\nhello\r\n", [.bulk(Array("hello".utf8))]),
        ("$0\r\n\r\n", [.bulk([])]),
        ("$2\r\n\r\n\r\n", [.bulk([13, 10])]),
        ("$-1\r\n", [.null]),
        ("*-1\r\n", [.null]),
        ("*0\r\n+A\r\n", [.array([]), .status("A")]),
        (
            "*2\r\n*1\r\n:1\r\n*2\r\n$-1\r\n+x\r\n",
            [.array([.array([.integer(1)]), .array([.null, .status("x")])])]
        ),
        ("*2\r\n*0\r\n:1\r\n", [.array([.array([]), .integer(1)])]),
        (
            "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n",
            [
                .array([.bulk(Array("message".utf8)), .bulk(Array("c".utf8)), .bulk(Array("hi".utf8))]),
                .array([.bulk(Array("pong".utf8)), .bulk([])]),
            ]
        ),
        // Longer than the limit of 16: dropped, and what stands around it is intact.
        (
            "*3\r\n+a\r\n$17\r\n0123456789\r\n$4\r\n+\r\n+b\r\n:9\r\n",
            [.array([.status("a"), .tooLong(bytes: 17), .status("b")]), .integer(9)]
        ),
        (
            "$40\r\n0123456789012345678901234567890123456789\r\n$1\r\nx\r\n",
            [.tooLong(bytes: 40), .bulk([120])]
        ),
        ("$16\r\n0123456789012345\r\n", [.bulk(Array("0123456789012345".utf8))]),
    ]

    static let limits = RedisReplyLimits(bulk: 16)

    static func read(_ pieces: [ArraySlice<UInt8>], _ limits: RedisReplyLimits = limits) throws
        -> [RedisReply]
    {
        let reader = RedisReplyReader(limits: limits)
        var replies: [RedisReply] = []
        for piece in pieces { try reader.read(Array(piece).span) { replies.append($0) } }
        return replies
    }

    @Test(arguments: vectors)
    func `the replies are the same however the bytes are cut`(wire: String, replies: [RedisReply]) throws {
        let bytes = Array(wire.utf8)
        #expect(try Self.read([bytes[...]]) == replies)
        #expect(try Self.read(bytes.indices.map { bytes[$0...$0] }) == replies)
        for first in 0...bytes.count {
            #expect(try Self.read([bytes[..<first], bytes[first...]]) == replies)
            for second in first...bytes.count {
                let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
                #expect(try Self.read(pieces) == replies, "cut at \(first) and \(second)")
            }
        }
    }

    @Test func `all vectors glued together are read in order`() throws {
        let bytes = Array(Self.vectors.map(\.wire).joined().utf8)
        let expected = Self.vectors.flatMap(\.replies)
        #expect(try Self.read([bytes[...]]) == expected)
        for size in [1, 2, 3, 7, 64] {
            let pieces = stride(from: 0, to: bytes.count, by: size).map {
                bytes[$0..<min($0 + size, bytes.count)]
            }
            #expect(try Self.read(pieces) == expected)
        }
    }

    @Test func `a payload at the limit of a megabyte is read and one beyond it dropped`() throws {
        let limits = RedisReplyLimits()
        for (size, isKept) in [(limits.bulk, true), (limits.bulk + 1, false), (20_000_000, false)] {
            let payload = [UInt8](repeating: 0x24, count: size)
            let wire = Array("$\(size)\r\n".utf8) + payload + Array("\r\n:1\r\n".utf8)
            for cut in [wire.count, 65_536, 10_007] {
                let pieces = stride(from: 0, to: wire.count, by: cut).map {
                    wire[$0..<min($0 + cut, wire.count)]
                }
                let expected: RedisReply = isKept ? .bulk(payload) : .tooLong(bytes: size)
                #expect(try Self.read(pieces, limits) == [expected, .integer(1)])
            }
        }
    }

    @Test(
        arguments: [
            ("*7\r\n", RedisReplyLimits(elements: 6), "6 elements"),
            ("*3\r\n*3\r\n", RedisReplyLimits(elements: 5), "5 elements"),
            ("*2147483647\r\n", RedisReplyLimits(), "100000 elements"),
            ("*1\r\n*1\r\n*1\r\n:1\r\n", RedisReplyLimits(depth: 2), "2 deep"),
            (
                "*3\r\n$9\r\n123456789\r\n$9\r\n123456789\r\n", RedisReplyLimits(bulk: 16, reply: 17),
                "17 bytes"
            ),
            ("+" + String(repeating: "x", count: 200), RedisReplyLimits(line: 199), "199 bytes"),
            (String(repeating: "9", count: 200), RedisReplyLimits(line: 199), "not the Redis protocol"),
            ("hello", RedisReplyLimits(), "not the Redis protocol"),
            ("HTTP/1.1 400 Bad Request\r\n", RedisReplyLimits(), "not the Redis protocol"),
            ("$-2\r\n", RedisReplyLimits(), "not the Redis protocol"),
            ("*-2\r\n", RedisReplyLimits(), "not the Redis protocol"),
            (":x\r\n", RedisReplyLimits(), "not the Redis protocol"),
        ] as [(String, RedisReplyLimits, String)])
    func `what breaks the protocol or a limit is an error`(
        wire: String, limits: RedisReplyLimits, part: String
    )
        throws
    {
        let bytes = Array(wire.utf8)
        let error = try #require(throws: RedisProtocolError.self) { try Self.read([bytes[...]], limits) }
        #expect(error.description.contains(part))
        #expect(throws: RedisProtocolError.self) {
            try Self.read(bytes.indices.map { bytes[$0...$0] }, limits)
        }
    }

    @Test func `what is at the limits is read`() throws {
        let limits = RedisReplyLimits(bulk: 16, reply: 18, elements: 4, depth: 2)
        let wire = Array("*2\r\n*2\r\n$9\r\n123456789\r\n$9\r\n123456789\r\n+\r\n".utf8)
        for _ in 0..<2 { #expect(try Self.read([wire[...], wire[...]], limits).count == 2) }
    }

    @Test func `a reader that is given up in the middle of a reply leaves nothing behind`() throws {
        for cut in 0..<20 {
            let wire = Array("*2\r\n*2\r\n$9\r\n123456789\r\n".utf8)
            #expect(try Self.read([wire[..<cut]]).isEmpty)
        }
    }
}

@Suite("Writing commands")
struct RedisCommandTests {
    @Test(arguments: [
        (RedisCommand("PING"), "*1\r\n$4\r\nPING\r\n"),
        (RedisCommand("SET", ["a b", ""]), "*3\r\n$3\r\nSET\r\n$3\r\na b\r\n$0\r\n\r\n"),
        (RedisCommand("GET", ["Ä"]), "*2\r\n$3\r\nGET\r\n$2\r\nÄ\r\n"),
    ])
    func `a command is an array of bulk strings`(command: RedisCommand, wire: String) {
        #expect(String(decoding: command.encoded(), as: UTF8.self) == wire)
    }

    @Test func `arguments may hold any bytes`() throws {
        let argument = (0...255).map { UInt8($0) }
        let command = RedisCommand([Array("X".utf8), argument, [0, 13, 10, 0]])
        let echoed = try RedisReplyReaderTests.read([command.encoded()[...]], RedisReplyLimits())
        #expect(echoed == [.array([.bulk([0x58]), .bulk(argument), .bulk([0, 13, 10, 0])])])
    }

    @Test func `the name of a command is in upper case, that of CLIENT in two words`() {
        #expect(RedisCommand("subscribe", ["a"]).name == "SUBSCRIBE")
        #expect(RedisCommand("client", ["reply", "off"]).name == "CLIENT REPLY")
    }
}

@Suite("What a subscriber hears")
struct SubscriberReplyTests {
    @Test(
        arguments: [
            (
                "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n",
                .message(channel: "c", pattern: nil, payload: Array("hi".utf8))
            ),
            (
                "*4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$2\r\ncd\r\n$2\r\nhi\r\n",
                .message(channel: "cd", pattern: "c*", payload: Array("hi".utf8))
            ),
            (
                "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$17\r\n01234567890123456\r\n",
                .tooLong(bytes: 17)
            ),
            (
                "*4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$17\r\ncdefghijklmnopqrs\r\n$2\r\nhi\r\n",
                .tooLong(bytes: 17)
            ),
            ("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", .subscribed),
            ("*3\r\n$10\r\npsubscribe\r\n$1\r\nc\r\n:1\r\n", .subscribed),
            ("*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n", .unsubscribed),
            ("*3\r\n$12\r\npunsubscribe\r\n$-1\r\n:0\r\n", .unsubscribed),
            ("*2\r\n$4\r\npong\r\n$0\r\n\r\n", .pong),
            ("+PONG\r\n", .pong),
            ("-NOPERM no\r\n", .error("NOPERM no")),
            ("+OK\r\n", .other),
            ("*2\r\n$7\r\nmessage\r\n$1\r\nc\r\n", .other),
            ("*3\r\n$7\r\nmessage\r\n$-1\r\n$1\r\nc\r\n", .other),
            ("*0\r\n", .other),
            (":1\r\n", .other),
        ] as [(String, SubscriberReply)])
    func `a reply is one of the things Redis says to subscribers`(wire: String, expected: SubscriberReply)
        throws
    {
        let replies = try RedisReplyReaderTests.read([Array(wire.utf8)[...]])
        #expect(replies.map(SubscriberReply.init) == [expected])
    }
}
