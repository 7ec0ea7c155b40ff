import EngineNet
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct `TLS traffic` {
    private let scene: TLSScene

    init() throws { scene = try .plain() }

    @Test(arguments: [1, 100, 16_383, 16_384, 16_385, 32_768, 100_000])
    func `of any size comes back whole`(size: Int) async throws {
        let (client, _) = try await scene.connect()
        let bytes = pattern(size)
        try await client.send(bytes)
        #expect(try await client.receive(size) == bytes)
    }

    @Test func `of 10 MB survives a slow reader, whose backlog stays bounded`() async throws {
        let (client, end) = try await scene.connect(receiveBuffer: 65_536)
        let bytes = pattern(10_000_000)
        async let sent: Void = client.send(bytes)
        #expect(await eventually { end.notes.wasBlocked })
        var received: [UInt8] = []
        while received.count < bytes.count {
            received += try await client.next("more") { $0.isEmpty ? nil : $0.takeAll() }
        }
        try await sent
        #expect(received == bytes)
        #expect(end.notes.largestBacklog < 400_000)
    }

    @Test func `of one turn shares records and one system call`() async throws {
        let (client, end) = try await scene.connect(echoes: false)
        try await client.send("ready")
        #expect(await eventually { end.text == "ready" })
        // What came behind the handshake is out of the way.
        await end.onLoop { $0.write(Array("go".utf8)) }
        #expect(try await client.receive(text: "go"))
        let before = try #require(client.tls { $0.records.count })
        #if os(Linux)
            let segments = client.segmentsReceived
        #endif
        await end.onLoop { tcp in
            for frame in 0..<100 {
                tcp.write([UInt8](repeating: UInt8(frame), count: 300))
                // Of somebody else: the frames do not stand side by side.
                tcp.loop.log.append([0])
            }
        }
        #expect(try await client.receive(30_000) == (0..<100).flatMap { [UInt8](repeating: $0, count: 300) })
        #expect(client.tls { $0.records.count - before } == 2)
        #if os(Linux)
            #expect(client.segmentsReceived - segments == 1)
        #endif
    }

    @Test(arguments: [
        [16_384], [16_385], [1, 16_384], [16_383, 1], [16_383, 2], [10, 40_000, 10], [20_000, 20_000],
        [1, 1, 1], [1_500_000], [10, 400_000, 10],
    ])
    func `of one turn is as good as its places joined`(sizes: [Int]) async throws {
        let (client, end) = try await scene.connect(echoes: false)
        let before = try #require(client.tls { $0.records.count { $0.type == 23 } })
        let pieces = sizes.enumerated().map { [UInt8](repeating: UInt8($0 + 1), count: $1) }
        await end.onLoop { tcp in
            for piece in pieces {
                tcp.write(piece)
                tcp.loop.log.append([0])
            }
        }
        let total = sizes.reduce(0, +)
        #expect(try await client.receive(total) == pieces.flatMap { $0 })
        let records = try #require(client.tls { $0.records.count { $0.type == 23 } }) - before
        // Two tickets may come in between.
        #expect(records - (total + 16_383) / 16_384 <= 2)
    }

    @Test(arguments: [TLSTestSettings.Version.v1_2, .v1_3])
    func `ends with a notice behind the last bytes`(version: TLSTestSettings.Version) async throws {
        let (client, end) = try await scene.connect(TLSTestSettings { $0.version = version }, echoes: false)
        await end.onLoop { tcp in
            tcp.write(Array("the last".utf8))
            tcp.closeAfterWrites()
        }
        #expect(String(decoding: try await client.end(), as: UTF8.self) == "the last")
        #expect(client.tls { $0.isClosed } == true)
        #expect(end.notes.isClosed && end.notes.error == nil)
    }

    @Test func `ends with a notice behind a backlog, too`() async throws {
        let (client, end) = try await scene.connect(echoes: false, receiveBuffer: 4_096, sendBuffer: 4_096)
        let bytes = pattern(150_000)
        let wasBlocked = await end.onLoop { tcp in
            tcp.write(bytes)
            tcp.closeAfterWrites()
            return tcp.isBlocked
        }
        #expect(wasBlocked)
        #expect(try await client.end() == bytes)
        #expect(client.tls { $0.isClosed } == true)
    }

    @Test func `of a peer that says that it ends is over in order`() async throws {
        let (client, end) = try await scene.connect()
        try await client.sendRaw(try #require(client.tls { $0.close() }))
        #expect(try await client.end() == [])
        #expect(client.tls { $0.isClosed } == true)
        #expect(end.notes.isClosed && end.notes.error == nil)
    }

    @Test func `of a peer that ends without a word is over in order`() async throws {
        let (client, end) = try await scene.connect()
        try await client.send("hello")
        // Behind the tickets: a socket that is closed with unread bytes is reset.
        #expect(try await client.receive(text: "hello"))
        client.close()
        #expect(await eventually { end.notes.isClosed })
        #expect(end.notes.error == nil)
    }

    @Test func `that is written before the handshake has no receiver`() async throws {
        let (client, end) = try await scene.connectPlain()
        await end.onLoop { tcp in
            #expect(!tcp.isHandshakeDone)
            tcp.write(Array("too early".utf8))
        }
        try await client.startTLS()
        try await client.send("hello")
        #expect(try await client.receive(text: "hello"))
        #expect(await end.onLoop { $0.isHandshakeDone })
    }

    @Test func `that nobody finishes a handshake for can be closed in order`() async throws {
        let (client, end) = try await scene.connectPlain()
        await end.onLoop { $0.closeAfterWrites() }
        #expect(try await client.end() == [])
    }
}

/// Bytes that repeat at no round distance, so that none can be lost or swapped unseen.
private func pattern(_ count: Int) -> [UInt8] {
    let block = (0..<4_093).map { _ in UInt8.random(in: 0...255) }
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += block.prefix(count - bytes.count) }
    return bytes
}

@Suite(.timeLimit(.minutes(5))) struct `TLS connections that move to another loop` {
    @Test func `go on where they were, in the middle of a record`() async throws {
        let files = try TestTLSFiles()
        let scene = try TLSScene(
            TLSConfiguration(certificateChain: files.chain, privateKey: files.key), loops: 2)
        let (client, end) = try await scene.connect()
        try await client.send("before")
        #expect(try await client.receive(text: "before"))
        let record = try #require(try client.tls { try $0.encrypt(Array("between".utf8)) })
        try await client.sendRaw(Array(record[..<9]))
        await end.onLoop { _ in }
        let moved = try await move(end, to: scene.group.loops[1])
        try await client.sendRaw(Array(record[9...]))
        #expect(try await client.receive(text: "between"))
        #expect(moved.text == "between")
        #expect(moved.notes.version == .v1_3)
    }

    private func move(_ end: TLSServerEnd, to loop: EventLoop) async throws -> TLSServerEnd {
        try await withCheckedThrowingContinuation { continuation in
            end.tcp.loop.execute {
                let (fd, unread, tls) = end.tcp.detach()
                loop.execute {
                    continuation.resume(
                        with: Result {
                            let tcp = try TCPConnection(loop: loop, fd: fd, tls: tls)
                            let moved = TLSServerEnd(tcp, echoes: true)
                            tcp.start(moved, unread: unread)
                            return moved
                        })
                }
            }
        }
    }
}
