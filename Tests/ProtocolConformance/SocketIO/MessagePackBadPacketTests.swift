import EngineIO
import SocketIO
import TestSupport
import Testing

/// Rows P5, N7, N17, P2, P3: what no client with socket.io-msgpack-parser may send.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO MessagePack packets that are refused` {
    private let reasons = Journal<DisconnectReason>()

    /// Gives `test` a client of a server with `/` and `/custom` that is in `/`. Afterwards another client is served.
    private func withClient(
        _ transport: Transport = .webSocket, _ options: SocketOptions = .messagePack(),
        test: (SocketTestClient) async throws -> Void
    ) async throws {
        let reasons = reasons
        try await withSocketServer(options) { server in
            for name in ["/", "/custom"] {
                server.of(name).onConnection { socket in
                    socket.on("message") { event in socket.emit("message-back", event.arguments) }
                    socket.onDisconnect { reasons.append($0) }
                }
            }
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port, transport)
            try await client.joinWithMessagePack()
            try await test(client)
            let other = try await SocketTestClient.open(port: port)
            try await other.joinWithMessagePack()
            try await other.send(TestPacket(.event, #"["message",1]"#))
            #expect(try await other.receivePacket() == TestPacket(.event, #"["message-back",1]"#))
        }
    }

    /// A map of MessagePack: `"type": 2` and so on, each value in bytes.
    private static func map(_ fields: KeyValuePairs<String, [UInt8]>) -> TestMessage {
        .binary(
            fields.reduce([0x80 | UInt8(fields.count)]) {
                $0 + [0xA0 | UInt8($1.key.utf8.count)] + Array($1.key.utf8) + $1.value
            })
    }

    private static let root: [UInt8] = [0xA1, 0x2F]

    // MARK: Packets that cannot be read

    static let unreadable: [(name: String, message: TestMessage)] = [
        ("a text", "42[\"message\"]"), ("an empty text", "4"), ("nothing", []),
        ("no MessagePack", [0xC1]), ("a number", [0x02]), ("an array", [0x90]), ("an empty map", [0x80]),
        ("an end too early", [0x82, 0xA4, 0x74, 0x79, 0x70, 0x65, 0x02]),
        ("a size beyond the end", [0xDF, 0xFF, 0xFF, 0xFF, 0xFF]),
        (
            "something behind it",
            .binary([0x82, 0xA4] + Array("type".utf8) + [0x00, 0xA3] + Array("nsp".utf8) + root + [0])
        ),
        // types
        ("no type", map(["nsp": root])), ("a type as a text", map(["type": [0xA1, 0x32], "nsp": root])),
        ("a binary event", map(["type": [5], "data": [0x91, 0xA1, 0x61], "nsp": root])),
        ("a binary ack", map(["type": [6], "data": [0x90], "id": [1], "nsp": root])),
        ("an unknown type", map(["type": [7], "nsp": root])),
        ("a negative type", map(["type": [0xFF], "nsp": root])),
        ("half a type", map(["type": [0xCA, 0x3F, 0x00, 0x00, 0x00], "nsp": root])),
        // namespaces
        ("no namespace", map(["type": [2], "data": [0x91, 0xA1, 0x61]])),
        ("a namespace as a number", map(["type": [2], "data": [0x91, 0xA1, 0x61], "nsp": [1]])),
        // events
        ("no data", map(["type": [2], "nsp": root])),
        ("an event that is no array", TestPacket(.event, "{}").message),
        ("an event without a name", TestPacket(.event, "[]").message),
        ("a name that is null", TestPacket(.event, "[null]").message),
        ("a name that is an object", TestPacket(.event, #"[{"toString":1}]"#).message),
        ("a name that is binary", TestPacket(.event, "[\(placeholder(0))]", [[1]]).message),
        // acks
        ("an ack without an id", TestPacket(.ack, "[]").message),
        ("an ack without data", map(["type": [3], "id": [1], "nsp": root])),
        ("an ack that is no array", TestPacket(.ack, id: 1, "{}").message),
        (
            "half an id",
            map(["type": [3], "data": [0x90], "id": [0xCA, 0x3F, 0x00, 0x00, 0x00], "nsp": root])
        ),
        ("an id as a text", map(["type": [3], "data": [0x90], "id": [0xA1, 0x31], "nsp": root])),
        // other types
        ("auth that is an array", TestPacket(.connect, "[]").message),
        ("auth that is a text", TestPacket(.connect, #""x""#).message),
        ("data in a disconnect", TestPacket(.disconnect, "{}").message),
        ("an error that is a number", TestPacket(.connectError, "1").message),
        // what has no meaning in JavaScript
        ("an unknown extension", map(["type": [2], "data": [0x91, 0xD4, 0x05, 0x00], "nsp": root])),
        (
            "a key that is an array",
            map(["type": [2], "data": [0x92, 0xA1, 0x61, 0x81, 0x90, 0x01], "nsp": root])
        ),
        // reserved names
        ("connect", TestPacket(.event, #"["connect"]"#).message),
        ("connect_error", TestPacket(.event, #"["connect_error",1]"#).message),
        ("disconnect", TestPacket(.event, "[\"disconnect\",\(placeholder(0))]", [[1]]).message),
        ("disconnecting", TestPacket(.event, #"["disconnecting"]"#).message),
        ("newListener", TestPacket(.event, #"["newListener"]"#).message),
        ("removeListener", TestPacket(.event, #"["removeListener"]"#).message),
        // what imitates a placeholder
        ("a false placeholder", falsePlaceholder),
    ]

    /// `["a", {"_placeholder": true}, <1 byte>]`
    private static var falsePlaceholder: TestMessage {
        let key = [0xAC] + Array("_placeholder".utf8)
        let data: [UInt8] = [0x93, 0xA1, 0x61, 0x81] + key + [0xC3, 0xC4, 0x01, 0x00]
        return map(["type": [2], "data": data, "nsp": root])
    }

    @Test(arguments: unreadable)
    func `a packet that cannot be read closes with parse error`(
        sample: (name: String, message: TestMessage)
    ) async throws {
        try await withClient { client in
            try await client.send(sample.message)
            #expect(try await client.end() == [])
            #expect(await reasons.waitFor(1) == [.parseError])
        }
    }

    @Test(arguments: unreadable)
    func `over polling as well`(sample: (name: String, message: TestMessage)) async throws {
        try await withClient(.polling) { client in
            try? await client.send(sample.message)
            #expect(await reasons.waitFor(1) == [.parseError])
        }
    }

    @Test func `it disconnects the client from all namespaces`() async throws {
        try await withClient { client in
            try await client.joinWithMessagePack("/custom")
            try await client.send([0xC1])
            #expect(await reasons.waitFor(2) == [.parseError, .parseError])
        }
    }

    @Test func `every beginning of a packet is refused`() async throws {
        guard case .binary(let whole) = TestPacket(.event, id: 300, #"["message",{"a":1.5}]"#).message else {
            return
        }
        try await withSocketServer(.messagePack()) { _, port in
            for count in whole.indices {
                let client = try await SocketTestClient.open(port: port)
                try await client.joinWithMessagePack()
                try await client.send(.binary(Array(whole[..<count])))
                #expect(try await client.end() == [])
            }
        }
    }

    // MARK: Packets at the wrong time

    static let untimely: [(name: String, packets: [TestPacket])] = [
        ("CONNECT twice", [TestPacket(.connect)]),
        ("an event for a namespace not joined", [TestPacket(.event, namespace: "/custom", #"["message"]"#)]),
        ("an event for a namespace that there is not", [TestPacket(.event, namespace: "x", #"["message"]"#)]),
        ("an ack for a namespace not joined", [TestPacket(.ack, namespace: "/custom", id: 1, "[]")]),
        ("DISCONNECT from a namespace not joined", [TestPacket(.disconnect, namespace: "/custom")]),
        ("DISCONNECT twice", [TestPacket(.disconnect), TestPacket(.disconnect)]),
        ("CONNECT_ERROR", [TestPacket(.connectError, #"{"message":"no"}"#)]),
        ("CONNECT_ERROR as text", [TestPacket(.connectError, #""no""#)]),
    ]

    @Test(arguments: untimely)
    func `a packet at the wrong time closes`(sample: (name: String, packets: [TestPacket])) async throws {
        try await withClient { client in
            for packet in sample.packets { try await client.send(packet) }
            #expect(try await client.end() == [])
            let expected: DisconnectReason =
                sample.packets.count == 2 ? .clientNamespaceDisconnect : .forcedServerClose
            #expect(await reasons.waitFor(1) == [expected])
        }
    }

    @Test(arguments: [.event, .ack, .disconnect] as [PacketKind])
    func `a first packet that is not CONNECT closes`(kind: PacketKind) async throws {
        try await withSocketServer(.messagePack()) { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send(
                TestPacket(kind, id: kind == .ack ? 1 : nil, kind == .disconnect ? "" : #"["message"]"#))
            #expect(try await client.end() == [])
        }
    }

    // MARK: Limits

    private func event(attachments count: Int) -> TestPacket {
        let places = (0..<count).map(placeholder).joined(separator: ",")
        return TestPacket(.event, "[\"message\",\(places)]", Array(repeating: [1], count: count))
    }

    @Test(arguments: [10, 11])
    func `ten attachments are taken, eleven are not`(count: Int) async throws {
        try await withClient { client in
            try await client.send(event(attachments: count))
            if count == 10 {
                #expect(try await client.receivePacket().attachments.count == 10)
            } else {
                #expect(try await client.end() == [])
                #expect(await reasons.waitFor(1) == [.parseError])
            }
        }
    }

    @Test(arguments: [1_000, 1_001])
    func `the parser has a limit of its own`(count: Int) async throws {
        try await withClient(.webSocket, .messagePack { $0.maxAttachments = 5_000 }) { client in
            try await client.send(event(attachments: count))
            if count == 1_000 {
                #expect(try await client.receivePacket().attachments.count == 1_000)
            } else {
                #expect(try await client.end() == [])
            }
        }
    }

    /// The array of the event counts.
    @Test(arguments: [512, 513])
    func `512 levels are taken, 513 are not`(depth: Int) async throws {
        try await withClient { client in
            let value =
                String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1)
            try await client.send(TestPacket(.event, "[\"message\",\(value)]"))
            if depth == 512 {
                let answer = try await client.receivePacket()
                #expect(answer == TestPacket(.event, "[\"message-back\",\(value)]"))
            } else {
                #expect(try await client.end() == [])
                #expect(await reasons.waitFor(1) == [.parseError])
            }
        }
    }

    @Test func `a hundred thousand levels are refused like one too many`() async throws {
        try await withClient { client in
            for level: UInt8 in [0x91, 0x81] {
                let open = Array(repeating: [level] + (level == 0x81 ? [0xA0] : []), count: 100_000).joined()
                let other = try await SocketTestClient.open(port: client.engine.port)
                try await other.joinWithMessagePack()
                try await other.send(
                    Self.map(["type": [2], "nsp": Self.root, "data": [0x92, 0xA1, 0x61] + open + [0xC0]]))
                #expect(try await other.end() == [])
            }
        }
    }
}
