import EngineIO
import EngineWire
import TestSupport
import Testing

/// RFC 7692 sections 6 and 7.2.3: how compressed messages stand in frames, and what no compressor writes.
@Suite(.timeLimit(.minutes(5))) struct `permessage-deflate frames` {
    private func withClient(
        context: Bool = false, maxPayload: Int = 1_000_000, _ body: (DeflateTestClient) async throws -> Void
    ) async throws {
        let engine = EngineOptions.test {
            var options = PerMessageDeflate()
            options.clientContextTakeover = context
            $0.perMessageDeflate = options
            $0.maxPayload = maxPayload
        }
        try await withEngineServer(engine) { _, port in
            try await body(try await DeflateTestClient.connect(port: port, offers: ["permessage-deflate"]))
        }
    }

    /// Sends frames and checks that this message comes back.
    private func expect(
        _ message: TestMessage, for frames: [WebSocketTestFrame], from client: DeflateTestClient,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await client.webSocket.connection.send(frames.flatMap(\.bytes))
        let answer = try await client.receive()
        #expect(answer.message == message, sourceLocation: sourceLocation)
    }

    // MARK: The RFC's examples

    private static let hello = TestMessage.binary(Array("Hello".utf8))

    /// "Hello" in every form of section 7.2.3.
    static let examples: [(name: String, payload: [UInt8])] = [
        ("one block", [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
        ("a stored block", [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]),
        ("a final block", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]),
        ("two blocks", [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]),
    ]

    @Test(arguments: examples.map(\.payload))
    func `may hold any blocks`(payload: [UInt8]) async throws {
        try await withClient { client in
            for _ in 0..<3 { try await expect(Self.hello, for: [.compressed(2, payload)], from: client) }
        }
    }

    @Test func `may refer to the message before, where the client keeps its context`() async throws {
        try await withClient(context: true) { client in
            try await expect(Self.hello, for: [.compressed(2, Self.examples[0].payload)], from: client)
            try await expect(Self.hello, for: [.compressed(2, [0xF2, 0x00, 0x11, 0x00, 0x00])], from: client)
        }
    }

    @Test func `must not refer to it where it does not`() async throws {
        try await withClient { client in
            try await expect(Self.hello, for: [.compressed(2, Self.examples[0].payload)], from: client)
            try await client.webSocket.send(frames: .compressed(2, [0xF2, 0x00, 0x11, 0x00, 0x00]))
            #expect(try await client.closeCode() == 1007)
        }
    }

    @Test(arguments: [[0x00], [], [0x01, 0x00, 0x00, 0xFF, 0xFF], [0x02, 0x00]] as [[UInt8]])
    func `may hold nothing`(payload: [UInt8]) async throws {
        try await withClient { client in
            try await expect([], for: [.compressed(2, payload)], from: client)
            try await expect(Self.hello, for: [.compressed(2, Self.examples[0].payload)], from: client)
        }
    }

    // MARK: Fragments

    private static let text = "4Größe → 𝄞, Größe → 𝄞, Größe → 𝄞"

    @Test func `may be cut at every byte`() async throws {
        try await withClient { client in
            let compressed = client.compressed(Array(Self.text.utf8))
            for cut in 0...compressed.count {
                let frames = [
                    WebSocketTestFrame.compressed(1, Array(compressed[..<cut]), isFinal: false),
                    .continuation(Array(compressed[cut...])),
                ]
                try await expect(.text(Self.text), for: frames, from: client)
            }
        }
    }

    @Test func `may be cut into single bytes, with control frames between`() async throws {
        try await withClient { client in
            let parts = client.compressed(Array(Self.text.utf8)).cut(into: 1)
            for (index, part) in parts.enumerated() {
                let isFinal = index == parts.count - 1
                try await client.webSocket.send(
                    frames: index == 0
                        ? .compressed(1, part, isFinal: false) : .continuation(part, isFinal: isFinal))
                if !isFinal {
                    try await client.webSocket.send(frames: .ping([UInt8(index)]), .pong())
                    #expect(Reply(try await client.webSocket.frame()) == .pong([UInt8(index)]))
                }
            }
            #expect(try await client.receive().message == .text(Self.text))
        }
    }

    @Test func `may come byte by byte`() async throws {
        try await withClient { client in
            for byte in client.frame(.text(Self.text)).bytes {
                try await client.webSocket.connection.send([byte])
            }
            #expect(try await client.receive().message == .text(Self.text))
        }
    }

    @Test func `may be followed by a fragmented message that is not compressed`() async throws {
        try await withClient { client in
            try await expect(.text(Self.text), for: [client.frame(.text(Self.text))], from: client)
            try await expect(
                "4plain", for: [.text("4pl", isFinal: false), .continuation(Array("ain".utf8))], from: client)
            try await expect(.text(Self.text), for: [client.frame(.text(Self.text))], from: client)
        }
    }

    // MARK: Bits

    static let misused: [(name: String, frames: [WebSocketTestFrame])] = [
        ("a continuation", [.compressed(1, [0xF2], isFinal: false), .compressed(0, [0x48])]),
        ("a continuation of plain text", [.text("4", isFinal: false), .compressed(0, [0x48])]),
        ("a ping", [.compressed(9, [])]), ("a pong", [.compressed(10, [1])]),
        ("a close", [.compressed(8, [3, 0xE8])]),
        ("the second bit", [WebSocketTestFrame(opcode: 1, [0x34], reserved: 0x20)]),
        ("the third bit", [WebSocketTestFrame(opcode: 1, [0x34], reserved: 0x10)]),
        ("the first and second", [WebSocketTestFrame(opcode: 1, [0x34], reserved: 0x60)]),
        ("all bits", [WebSocketTestFrame(opcode: 2, [0x34], reserved: 0x70)]),
        ("a reserved opcode", [.compressed(3, [0x34])]),
        (
            "a compressed message inside one",
            [.compressed(1, [0xF2], isFinal: false), .compressed(1, [0x48])]
        ),
    ]

    @Test(arguments: misused.map(\.frames))
    func `with bits in the wrong place are refused`(frames: [WebSocketTestFrame]) async throws {
        try await withClient { client in
            try await client.webSocket.connection.send((frames + [.ping()]).flatMap(\.bytes))
            #expect(try await client.closeCode() == 1002)
        }
    }

    // MARK: Damage

    static let corrupt: [[UInt8]] = [
        // A reserved kind of block, stored lengths that do not match, a code that is none, too far back.
        [0x07], [0x00, 0x05, 0x00, 0xFA, 0xFE, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00], [0xFF, 0xFF, 0xFF, 0xFF],
        [0xF2, 0x00, 0x11, 0x00, 0x00], [0x02, 0x7E],
        // Blocks that the message ends inside of.
        [0xF2], [0xF2, 0x48], [0xF2, 0x48, 0xCD], [0x00, 0x09, 0x00, 0xF6, 0xFF, 0x48], [0x04], [0x05, 0xC0],
        // gzip and zlib, which RFC 7692 does not use.
        [
            0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0, 0x82, 0x89, 0xD1,
            0xF7, 5, 0, 0, 0,
        ],
        [0x78, 0x9C, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x05, 0x8C, 0x01, 0xF5],
    ]

    @Test(arguments: corrupt)
    func `that no compressor writes are refused`(payload: [UInt8]) async throws {
        try await withClient { client in
            try await client.webSocket.send(frames: .compressed(2, payload), .ping())
            #expect(try await client.closeCode() == 1007)
        }
    }

    @Test func `of random bytes end one connection only`() async throws {
        let options = EngineOptions.test { $0.perMessageDeflate = PerMessageDeflate() }
        try await withEngineServer(options) { _, port in
            for _ in 0..<200 {
                let client = try await DeflateTestClient.connect(port: port, offers: ["permessage-deflate"])
                let bytes = (0..<Int.random(in: 1...100)).map { _ in UInt8.random(in: 0...255) }
                try await client.webSocket.send(frames: .compressed(2, bytes))
                client.webSocket.close()
            }
            let client = try await DeflateTestClient.connect(port: port, offers: ["permessage-deflate"])
            try await client.send("4still here")
            #expect(try await client.receive().message == "4still here")
        }
    }

    @Test(arguments: [[0x34, 0xFF], [0x34, 0xED, 0xA0, 0x80], [0x34, 0xE2, 0x82]] as [[UInt8]])
    func `of text that is no UTF-8 are refused`(text: [UInt8]) async throws {
        try await withClient { client in
            try await client.webSocket.send(frames: .compressed(1, client.compressed(text)))
            #expect(try await client.closeCode() == 1007)
        }
    }

    // MARK: Limits

    @Test func `of maxPayload bytes are taken`() async throws {
        try await withClient(maxPayload: 10_000) { client in
            let message = TestMessage.binary([UInt8](repeating: 0, count: 10_000))
            try await client.send(message)
            #expect(try await client.receive().message == message)
        }
    }

    @Test func `of one byte more close with 1009`() async throws {
        try await withClient(maxPayload: 10_000) { client in
            try await client.send(.binary([UInt8](repeating: 0, count: 10_001)))
            #expect(try await client.closeCode() == 1009)
        }
    }

    /// 100 MB in 100 KB.
    private static func bomb(_ client: DeflateTestClient) -> [UInt8] {
        client.compressed([UInt8](repeating: 0, count: 100_000_000))
    }

    @Test func `that hold a hundred times the limit close with 1009`() async throws {
        try await withClient { client in
            try await client.webSocket.send(frames: .compressed(2, Self.bomb(client)))
            #expect(try await client.closeCode() == 1009)
        }
    }

    @Test func `that hold it in fragments close with 1009`() async throws {
        try await withClient { client in
            let parts = Self.bomb(client).cut(into: 1_000)
            let frames = parts.enumerated().map { index, part in
                index == 0
                    ? WebSocketTestFrame.compressed(2, part, isFinal: false)
                    : .continuation(part, isFinal: index == parts.count - 1)
            }
            try await client.webSocket.connection.send(frames.flatMap(\.bytes))
            #expect(try await client.closeCode() == 1009)
        }
    }

    @Test func `that are larger than the limit themselves close with 1009`() async throws {
        try await withClient(maxPayload: 10_000) { client in
            // Compressed twenty times the limit; only the head of the frame is sent.
            try await client.webSocket.connection.send([0xC2, 0xFF, 0, 0, 0, 0, 0, 3, 0x0D, 0x40])
            #expect(try await client.closeCode() == 1009)
        }
    }

    @Test func `without compression in them may be a little larger than the limit`() async throws {
        // A stored block has five bytes more than its content (RFC 1951 section 3.2.4).
        try await withClient(maxPayload: 1_000) { client in
            let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: ($0 &* $0 &* 2_654_435_761) >> 11) }
            let stored = [0x00, 0xE8, 0x03, 0x17, 0xFC] + bytes + [0x00]
            try await expect(.binary(bytes), for: [.compressed(2, stored)], from: client)
        }
    }
}
