import EngineIO
import EngineWire
import TestSupport
import Testing

/// RFC 7692 section 7.2: compressed messages in both directions.
@Suite(.timeLimit(.minutes(5))) struct `permessage-deflate messages` {
    /// What both sides may refer to.
    struct Context: Sendable, CustomTestStringConvertible {
        var server: Bool
        var client: Bool

        var testDescription: String {
            "server \(server ? "keeps" : "drops"), client \(client ? "keeps" : "drops")"
        }

        static let all = [true, false].flatMap { server in
            [true, false].map { Context(server: server, client: $0) }
        }
    }

    /// Messages with repetitions near, far and beyond any window; and one without any.
    private static let messages: [TestMessage] = {
        let noise = (0..<2_000).map { UInt8(truncatingIfNeeded: ($0 &* $0 &* 2_654_435_761) >> 11) }
        let far = noise + [UInt8](repeating: 0x20, count: 33_000) + noise
        return [
            .text("4" + String(repeating: "tick EURUSD 1.08345 ", count: 100)),
            .text("4" + String(repeating: "Größe → 𝄞 ", count: 4_000)), .binary(noise), .binary(far),
            .binary(noise), .binary(far.reversed()), .text("4" + String(repeating: "x", count: 100_000)),
        ]
    }()

    private func withClient(
        _ options: PerMessageDeflate, _ body: (DeflateTestClient) async throws -> Void
    ) async throws {
        try await withEngineServer(.test { $0.perMessageDeflate = options }) { _, port in
            let offers = ["permessage-deflate; client_max_window_bits"]
            try await body(try await DeflateTestClient.connect(port: port, offers: offers))
        }
    }

    // MARK: Windows

    @Test(arguments: Context.all, 8...15)
    func `come back with any window of the server`(context: Context, bits: Int) async throws {
        var options = PerMessageDeflate()
        (options.serverContextTakeover, options.clientContextTakeover) = (context.server, context.client)
        options.serverMaxWindowBits = bits
        try await withClient(options) { client in
            for message in Self.messages + Self.messages {
                try await client.send(message)
                let answer = try await client.receive()
                #expect(answer.message == message)
                #expect(answer.isCompressed)
            }
        }
    }

    @Test(arguments: Context.all, 8...15)
    func `come back with any window of the client`(context: Context, bits: Int) async throws {
        var options = PerMessageDeflate()
        (options.serverContextTakeover, options.clientContextTakeover) = (context.server, context.client)
        options.clientMaxWindowBits = bits
        try await withClient(options) { client in
            for message in Self.messages + Self.messages {
                try await client.send(message)
                #expect(try await client.receive().message == message)
            }
        }
    }

    @Test(arguments: 1...9, [1, 8, 9])
    func `come back with any level and memory`(level: Int, memoryLevel: Int) async throws {
        var options = PerMessageDeflate()
        (options.level, options.memoryLevel) = (level, memoryLevel)
        try await withClient(options) { client in
            for message in Self.messages {
                try await client.send(message)
                #expect(try await client.receive().message == message)
            }
        }
    }

    @Test(arguments: [true, false])
    func `get smaller from one to the next where the server keeps its context`(keeps: Bool) async throws {
        var options = PerMessageDeflate()
        (options.serverContextTakeover, options.threshold) = (keeps, 0)
        let noise = TestMessage.binary(
            (0..<1_500).map { UInt8(truncatingIfNeeded: ($0 &* $0 &* 2_654_435_761) >> 11) })
        try await withClient(options) { client in
            try await client.send(noise, noise)
            let (first, second) = (try await client.receive(), try await client.receive())
            #expect(second.message == noise)
            #expect(keeps ? second.size * 10 < first.size : second.size == first.size)
        }
    }

    // MARK: Thresholds

    @Test(arguments: [0, 1, 100, 1_024])
    func `below the threshold are sent as they are`(threshold: Int) async throws {
        var options = PerMessageDeflate()
        options.threshold = threshold
        try await withClient(options) { client in
            for size in Set([0, 1, threshold - 1, threshold, threshold + 1]) where size >= 0 {
                let message = TestMessage.binary([UInt8](repeating: 7, count: size))
                try await client.send(message)
                let answer = try await client.receive()
                #expect(answer.message == message)
                #expect(answer.isCompressed == (size >= threshold), "\(size) bytes")
            }
        }
    }

    @Test func `may be compressed or not, one by one`() async throws {
        var options = PerMessageDeflate()
        options.clientContextTakeover = true
        try await withClient(options) { client in
            for number in 0..<20 {
                let message = TestMessage.text("4message \(number) of the client")
                if number % 3 == 0 {
                    try await client.webSocket.send(message)
                } else {
                    try await client.send(message)
                }
                #expect(try await client.receive().message == message)
            }
        }
    }

    @Test func `reach clients that compress and clients that do not`() async throws {
        let text = String(repeating: "to everyone ", count: 200)
        let onConnection: @Sendable (Session) -> Void = { session in
            session.onMessage { _ in session.send(text) }
        }
        let options = EngineOptions.test { $0.perMessageDeflate = PerMessageDeflate() }
        try await withEngineServer(options, onConnection: onConnection) { _, port in
            for offers in [["permessage-deflate"], [], ["permessage-deflate; server_max_window_bits=9"]] {
                let client = try await DeflateTestClient.connect(port: port, offers: offers)
                try await client.webSocket.send("4go")
                let answer = try await client.receive()
                #expect(answer.message == .text("4" + text))
                #expect(answer.isCompressed == !offers.isEmpty)
            }
        }
    }

    // MARK: Many

    @Test(arguments: Context.all, [16, 256, 4_096, 32_768])
    func `by the hundred come back in their order`(context: Context, size: Int) async throws {
        var options = PerMessageDeflate()
        (options.serverContextTakeover, options.clientContextTakeover) = (context.server, context.client)
        try await withClient(options) { client in
            for number in 0..<200 {
                let message = TestMessage.text("4\(number) " + String(repeating: "abcdefgh", count: size / 8))
                try await client.send(message)
                #expect(try await client.receive().message == message)
            }
        }
    }
}
