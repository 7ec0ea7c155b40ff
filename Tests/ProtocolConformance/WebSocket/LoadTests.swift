import EngineWire
import TestSupport
import Testing

/// Messages that are large, or many.
@Suite(.timeLimit(.minutes(2))) struct `WebSocket load` {
    private static let kibibyte = 1_024
    private static let mebibyte = 1_048_576

    private static let limits: WebSocketLimits = {
        var limits = WebSocketLimits()
        limits.message = 16 * mebibyte
        limits.fragments = 4 * mebibyte / 64
        return limits
    }()

    enum Kind: UInt8, CaseIterable {
        case text = 1
        case binary = 2

        /// A payload of 16, 32, … bytes: text is cut between characters.
        func payload(_ count: Int) -> [UInt8] {
            var bytes = self == .text ? Array("Größe → 𝄞".utf8) : (0..<251).map { UInt8($0) ^ 0x5A }
            while bytes.count < count { bytes += bytes }
            return Array(bytes.prefix(count))
        }

        func reply(_ payload: [UInt8]) -> Reply { self == .text ? .text(payload) : .binary(payload) }

        /// A message in frames of `size` bytes.
        func frames(_ payload: [UInt8], of size: Int) -> [WebSocketTestFrame] {
            let parts = payload.cut(into: size)
            return parts.enumerated().map { index, part in
                WebSocketTestFrame(opcode: index == 0 ? rawValue : 0, part, isFinal: index == parts.count - 1)
            }
        }
    }

    private func expectEcho(_ kind: Kind, _ count: Int, fragments size: Int, _ chops: Chops = .whole)
        async throws
    {
        let payload = kind.payload(count)
        try await Exchange("", kind.frames(payload, of: size), gives: [kind.reply(payload)])
            .play(chops, limits: Self.limits)
    }

    @Test(arguments: Kind.allCases, [64, 256, 1_024, 4_096, 8_192])
    func `a large message comes back`(kind: Kind, kibibytes: Int) async throws {
        try await expectEcho(kind, kibibytes * Self.kibibyte, fragments: .max / 2)
    }

    @Test(arguments: Kind.allCases)
    func `one byte above the limit closes with 1009`(kind: Kind) async throws {
        let head: [UInt8] = [0x80 | kind.rawValue, 0xFF, 0, 0, 0, 0, 1, 0, 0, 1]
        try await HTTPTestServer.echo(limits: Self.limits) { server in
            let webSocket = try await server.openWebSocket()
            try await webSocket.connection.send(head)
            #expect(try await webSocket.end().map(Reply.init) == [.close(1009)])
        }
    }

    @Test func `fragments above the limit close with 1009 before the last one comes`() async throws {
        try await HTTPTestServer.echo(limits: Self.limits) { server in
            let webSocket = try await server.openWebSocket()
            let most = [UInt8](repeating: 0x61, count: 16 * Self.mebibyte)
            try await webSocket.send(frames: .binary(most, isFinal: false), .ping([1]))
            #expect(Reply(try await webSocket.frame()) == .pong([1]))
            try await webSocket.connection.send([0x00, 0x81])
            #expect(try await webSocket.end().map(Reply.init) == [.close(1009)])
        }
    }

    @Test func `a ping between fragments does not count as a part of the message`() async throws {
        var limits = WebSocketLimits()
        limits.message = 200
        let (most, ping) = ([UInt8](repeating: 5, count: 199), [UInt8](repeating: 1, count: 100))
        try await Exchange(
            "", .binary(most, isFinal: false), .ping(ping), .continuation([6]),
            gives: .pong(ping), .binary(most + [6])
        ).play(limits: limits)
    }

    @Test(arguments: Kind.allCases, [64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304])
    func `4 MiB in fragments of any size come back`(kind: Kind, size: Int) async throws {
        try await expectEcho(kind, 4 * Self.mebibyte, fragments: size)
    }

    @Test(arguments: Kind.allCases, [64, 128, 256, 512, 1_024, 2_048])
    func `1 MiB in writes of any size comes back`(kind: Kind, size: Int) async throws {
        try await expectEcho(kind, Self.mebibyte, fragments: .max / 2, .octets(size))
    }

    /// Autobahn's tenth section: as a client writes that fragments everything.
    @Test(arguments: Kind.allCases, [.whole, .octets(1_300)] as [Chops])
    func `64 KiB in fragments of 1,300 come back`(kind: Kind, chops: Chops) async throws {
        try await expectEcho(kind, 64 * Self.kibibyte, fragments: 1_300, chops)
    }

    @Test(arguments: Kind.allCases, [0, 16, 64, 256, 1_024, 4_096])
    func `a thousand messages come back one by one`(kind: Kind, size: Int) async throws {
        try await HTTPTestServer.echo { server in
            let webSocket = try await server.openWebSocket()
            let payload = kind.payload(size)
            for _ in 0..<1_000 {
                try await webSocket.send(frames: WebSocketTestFrame(opcode: kind.rawValue, payload))
                let reply = Reply(try await webSocket.frame())
                guard reply == kind.reply(payload) else { return #expect(reply == kind.reply(payload)) }
            }
        }
    }

    @Test(arguments: Kind.allCases, [0, 16, 256, 4_096])
    func `a thousand messages come back all at once`(kind: Kind, size: Int) async throws {
        let payload = kind.payload(size)
        let message = WebSocketTestFrame(opcode: kind.rawValue, payload)
        try await Exchange(
            "", [WebSocketTestFrame](repeating: message, count: 1_000),
            gives: [Reply](repeating: kind.reply(payload), count: 1_000)
        ).play()
    }
}
