import EngineNet
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct `TLS handshakes` {
    private let scene: TLSScene

    init() throws { scene = try .plain() }

    /// The reason why a client's handshake fails.
    private func refusal(_ settings: TLSTestSettings, scene: TLSScene? = nil) async throws -> String {
        let (client, end) = try await (scene ?? self.scene).connectPlain()
        do {
            try await client.startTLS(settings)
            _ = try await client.end()
        } catch let error as TLSTestLayer.Failed {
            #expect(await eventually { end.notes.isClosed })
            #expect(end.notes.error?.attempt == "speak TLS")
            return error.description
        }
        return "none"
    }

    @Test(arguments: [TLSTestSettings.Version.v1_2, .v1_3])
    func `work with 1.2 and 1.3`(version: TLSTestSettings.Version) async throws {
        let (client, end) = try await scene.connect(TLSTestSettings { $0.version = version })
        try await client.send("hello")
        #expect(try await client.receive(text: "hello"))
        #expect(client.tls { $0.version } == version)
        #expect(end.notes.version == (version == .v1_2 ? .v1_2 : .v1_3))
        #expect(end.notes.isSecure)
    }

    @Test func `take 1.3 when the client has the choice`() async throws {
        let (client, _) = try await scene.connect()
        #expect(client.tls { $0.version } == .v1_3)
    }

    @Test func `of 1.2 have ephemeral keys and authenticated encryption`() async throws {
        let (client, _) = try await scene.connect(TLSTestSettings { $0.version = .v1_2 })
        let cipher = try #require(client.tls { $0.cipher })
        #expect(cipher.hasPrefix("ECDHE-"))
        #expect(cipher.contains("GCM") || cipher.contains("CHACHA20"))
    }

    @Test func `refuse 1.1`() async throws {
        let reason = try await refusal(TLSTestSettings { $0.version = .v1_1 })
        #expect(reason == "tlsv1 alert protocol version")
    }

    @Test func `refuse 1.2 where 1.3 is the minimum`() async throws {
        let strict = try TLSScene.plain { $0.minimumVersion = .v1_3 }
        let reason = try await refusal(TLSTestSettings { $0.version = .v1_2 }, scene: strict)
        #expect(reason == "tlsv1 alert protocol version")
        let (client, _) = try await strict.connect()
        #expect(client.tls { $0.version } == .v1_3)
    }

    @Test(arguments: [
        ["http/1.1"], ["h2", "http/1.1"], ["http/1.1", "h2"], ["http/1.0", "spdy/3", "http/1.1"],
    ])
    func `choose http/1.1 among what is offered`(offered: [String]) async throws {
        let (client, _) = try await scene.connect(TLSTestSettings { $0.protocols = offered })
        #expect(client.tls { $0.chosenProtocol } == "http/1.1")
    }

    @Test(arguments: [["h2"], ["http/1.0"], ["http/1.1x"], ["h2", "h3"]])
    func `refuse a client that offers other protocols only`(offered: [String]) async throws {
        let reason = try await refusal(TLSTestSettings { $0.protocols = offered })
        #expect(reason == "tlsv1 alert no application protocol")
    }

    @Test func `choose nothing when nothing is offered`() async throws {
        let (client, _) = try await scene.connect()
        #expect(client.tls { $0.chosenProtocol } == "")
    }

    @Test(arguments: [TLSTestSettings.Version.v1_2, .v1_3])
    func `work byte by byte`(version: TLSTestSettings.Version) async throws {
        let (client, end) = try await scene.connectPlain()
        let layer = try TLSTestLayer(TLSTestSettings { $0.version = version })
        while true {
            try layer.handshake()
            for byte in layer.takeOutput() {
                try await client.send([byte])
                // The byte has been read when the loop comes round.
                await end.onLoop { _ in }
            }
            if layer.isHandshakeDone { break }
            layer.receive(try await client.next("an answer") { $0.isEmpty ? nil : $0.takeAll() })
        }
        for byte in try layer.encrypt(Array("hello".utf8)) { try await client.send([byte]) }
        #expect(await eventually { end.text == "hello" })
    }

    @Test func `take the first bytes of the protocol above along`() async throws {
        let (client, end) = try await scene.connectPlain()
        let layer = try TLSTestLayer()
        try layer.handshake()
        try await client.send(layer.takeOutput())
        while !layer.isHandshakeDone {
            layer.receive(try await client.next("an answer") { $0.isEmpty ? nil : $0.takeAll() })
            try layer.handshake()
        }
        try await client.send(layer.takeOutput() + layer.encrypt(Array("early".utf8)))
        #expect(await eventually { end.text == "early" })
    }
}

@Suite(.timeLimit(.minutes(5))) struct `Peers that break TLS` {
    private let scene: TLSScene

    init() throws { scene = try .plain() }

    /// What stands after everything that a test did: the loop serves others.
    private func expectService() async throws {
        let (client, _) = try await scene.connect()
        try await client.send("fine")
        #expect(try await client.receive(text: "fine"))
    }

    /// What is no handshake.
    struct Garbage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]

        init(_ name: String, _ bytes: [UInt8]) {
            testDescription = name
            self.bytes = bytes
        }
    }

    static let garbage = [
        Garbage("zeros", [UInt8](repeating: 0, count: 100)),
        Garbage("many ones", [UInt8](repeating: 0xFF, count: 70_000)),
        Garbage("SSH", Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)),
        Garbage(
            "a record that is too long", [0x16, 0x03, 0x01, 0xFF, 0xFF] + Array(repeating: 1, count: 99)),
        Garbage(
            "a hello longer than its record", [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0xFF, 0xFF, 0xFF, 0x00]),
        Garbage("an alert", [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]),
        Garbage("data", [0x17, 0x03, 0x03, 0x00, 0x03, 1, 2, 3]),
    ]

    @Test(arguments: garbage)
    func `with garbage are closed`(garbage: Garbage) async throws {
        let (client, end) = try await scene.connectPlain()
        try await client.send(garbage.bytes)
        _ = try await client.end()
        #expect(await eventually { end.notes.isClosed })
        #expect(end.notes.received == [])
        #expect(end.notes.error?.attempt == "speak TLS")
        try await expectService()
    }

    @Test func `with plain HTTP are told so`() async throws {
        let (client, end) = try await scene.connectPlain()
        try await client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let answer = String(decoding: try await client.end(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.contains("https://"))
        #expect(end.notes.error?.message == "http request")
        try await expectService()
    }

    @Test(arguments: [false, true])
    func `by leaving at any byte of their hello do no harm`(resets: Bool) async throws {
        let layer = try TLSTestLayer()
        try layer.handshake()
        let hello = layer.takeOutput()
        for count in [0, 1, 4, 5, 6, 9, 40, hello.count / 2, hello.count - 1, hello.count] {
            let (client, end) = try await scene.connectPlain()
            try await client.send(Array(hello[..<count]))
            if resets { client.reset() } else { client.close() }
            #expect(await eventually { end.notes.isClosed })
        }
        try await expectService()
    }

    @Test func `by leaving at any byte of their last flight do no harm`() async throws {
        for count in [1, 5, 6, 7, 20, 50, 60] {
            let (client, end) = try await scene.connectPlain()
            let layer = try TLSTestLayer()
            try layer.handshake()
            try await client.send(layer.takeOutput())
            while !layer.isHandshakeDone {
                layer.receive(try await client.next("an answer") { $0.isEmpty ? nil : $0.takeAll() })
                try layer.handshake()
            }
            try await client.send(Array(layer.takeOutput().prefix(count)))
            client.close()
            #expect(await eventually { end.notes.isClosed })
        }
        try await expectService()
    }

    @Test func `with a changed record are closed with an alert, behind what was good`() async throws {
        let (client, end) = try await scene.connect(TLSTestSettings { $0.version = .v1_2 })
        try await client.send("good")
        #expect(try await client.receive(text: "good"))
        var record = try #require(try client.tls { try $0.encrypt(Array("bad".utf8)) })
        record[record.count - 1] ^= 1
        try await client.sendRaw(record)
        await #expect(throws: TLSTestLayer.Failed("sslv3 alert bad record mac")) {
            try await client.end()
        }
        #expect(end.text == "good")
        #expect(end.notes.error?.message == "decryption failed or bad record mac")
    }

    @Test func `by asking for a new handshake get none`() async throws {
        let (client, end) = try await scene.connect(TLSTestSettings { $0.version = .v1_2 })
        try await client.sendRaw(try #require(try client.tls { try $0.renegotiate() }))
        await #expect(throws: TLSTestLayer.Failed("no renegotiation")) { try await client.end() }
        client.close()
        #expect(await eventually { end.notes.isClosed })
        try await expectService()
    }

    @Test func `by asking for new keys without end, and reading nothing, are cut off`() async throws {
        let (client, end) = try await scene.connect(receiveBuffer: 4_096, sendBuffer: 4_096)
        while !end.notes.isClosed {
            let updates = try client.tls { tls in
                var updates: [UInt8] = []
                for _ in 0..<200 { updates += try tls.updateKeys() }
                return updates
            }
            do { try await client.sendRaw(try #require(updates)) } catch is TCPTestClient.Failed { break }
        }
        #expect(await eventually { end.notes.isClosed })
        #expect(end.notes.error?.message == "the peer does not read the answers that it asks for")
        try await expectService()
    }

    @Test func `by asking for new keys now and then are served`() async throws {
        let (client, end) = try await scene.connect()
        for round in 0..<20 {
            try await client.sendRaw(try #require(try client.tls { try $0.updateKeys() }))
            try await client.send("round \(round)")
            #expect(try await client.receive(text: "round \(round)"))
        }
        #expect(!end.notes.isClosed)
    }
}
