import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Row P5: socket.io-msgpack-parser as the server's parser.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO in MessagePack` {
    private let reasons = Journal<String>()

    /// Gives `test` a server and a client that is in no namespace yet. The server has `/` and `/custom`, and sends
    /// `message` and `echo` events back.
    private func withClient(
        _ transport: Transport = .webSocket, setUp: (SocketServer) -> Void = { _ in },
        test: (SocketServer, SocketTestClient) async throws -> Void
    ) async throws {
        let reasons = reasons
        try await withSocketServer(.messagePack()) { server in
            for name in ["/", "/custom"] {
                server.of(name).onConnection { socket in
                    socket.onDisconnect { reasons.append("\(name) \($0.rawValue)") }
                    socket.on("message") { event in socket.emit("message-back", event.arguments) }
                    socket.on("echo") { event in event.ack?.send(event.arguments) }
                    socket.on("leave me") { _ in socket.disconnect() }
                    socket.on("leave me and close") { _ in socket.disconnect(close: true) }
                }
            }
            setUp(server)
        } test: { server, port in
            try await test(server, try await SocketTestClient.open(port: port, transport))
        }
    }

    // MARK: Connect

    @Test(arguments: Transport.allCases, ["/", "/custom"])
    func `the reply holds the socket's id and nothing else`(transport: Transport, namespace: String)
        async throws
    {
        try await withClient(transport) { _, client in
            let answer = try await client.joinWithMessagePack(namespace)
            #expect(answer.json.wholeMatch(of: /\{"sid":"[A-Za-z0-9_-]{20}"\}/) != nil)
            #expect(answer.id == nil && answer.attachments.isEmpty)
        }
    }

    @Test func `the handler sees the auth as it was sent`() async throws {
        try await withClient { server in
            server.onConnection { try? $0.emit("auth", $0.authentication) }
        } test: { _, client in
            try await client.joinWithMessagePack(auth: #"{"token":"x","list":[null,1.5]}"#)
            #expect(
                try await client.receivePacket()
                    == TestPacket(.event, #"["auth",{"token":"x","list":[null,1.5]}]"#))
        }
    }

    @Test func `the auth may be binary, for everyone who reads it`() async throws {
        struct Badge: Codable { var picture: Data }
        let seen = Journal<Data?>()
        try await withClient { server in
            server.of(where: { _, auth in
                seen.append(auth["picture"]?.dataValue)
                return true
            }).use { socket in
                seen.append(socket.authentication["picture"]?.dataValue)
                seen.append(socket.handshake.auth["picture"]?.dataValue)
                seen.append(try socket.handshake.auth(as: Badge.self).picture)
            }
        } test: { _, client in
            try await client.send(
                TestPacket(.connect, namespace: "/any", #"{"picture":\#(placeholder(0))}"#, [[1, 2, 3]]))
            #expect(try await client.receivePacket().kind == .connect)
            #expect(seen.all == Array(repeating: Data([1, 2, 3]), count: 4))
        }
    }

    @Test func `a refusal may be binary`() async throws {
        try await withClient { server in
            server.use { _ in throw ConnectionRefused("no", data: ["key": .binary(Data([1, 2]))]) }
        } test: { _, client in
            try await client.send(TestPacket(.connect))
            #expect(
                try await client.receivePacket()
                    == TestPacket(
                        .connectError, #"{"message":"no","data":{"key":\#(placeholder(0))}}"#, [[1, 2]]))
        }
    }

    @Test(arguments: Transport.allCases)
    func `a middleware's refusal says why`(transport: Transport) async throws {
        try await withClient(transport) { server in
            server.use { _ in throw ConnectionRefused("not you", data: ["code": 7]) }
        } test: { _, client in
            try await client.send(TestPacket(.connect))
            #expect(
                try await client.receivePacket()
                    == TestPacket(.connectError, #"{"message":"not you","data":{"code":7}}"#))
        }
    }

    @Test(arguments: ["/random", "/custom/", "custom", "", "/é"])
    func `an unknown namespace is refused`(name: String) async throws {
        try await withClient { _, client in
            try await client.send(TestPacket(.connect, namespace: name))
            #expect(
                try await client.receivePacket()
                    == TestPacket(.connectError, namespace: name, #"{"message":"Invalid namespace"}"#))
            try await client.joinWithMessagePack()
        }
    }

    // MARK: Events and acks

    @Test(arguments: Transport.allCases)
    func `events come back as they went`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            try await client.joinWithMessagePack()
            for json in ["1,-1.5,true", #"{"a":[null,"é\n",9007199254740993]}"#, #"[],{},"""#] {
                try await client.send(TestPacket(.event, "[\"message\",\(json)]"))
                #expect(
                    try await client.receivePacket() == TestPacket(.event, "[\"message-back\",\(json)]"))
            }
        }
    }

    /// The bytes stand in the README of socket.io-msgpack-parser.
    @Test func `the bytes are those of Node`() async throws {
        try await withClient { server in
            server.onConnection { socket in socket.on("hello") { socket.emit("hello", $0.arguments) } }
        } test: { _, client in
            try await client.joinWithMessagePack()
            let bytes =
                [0x83, 0xA4] + Array("type".utf8) + [0x02, 0xA4] + Array("data".utf8)
                + [0x92, 0xA5] + Array("hello".utf8) + [0xA3] + Array("you".utf8)
                + [0xA3] + Array("nsp".utf8) + [0xA1, 0x2F]
            try await client.send(.binary(bytes))
            #expect(try await client.receive() == .binary(bytes))
        }
    }

    @Test(arguments: Transport.allCases)
    func `the server acknowledges a client's event`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            try await client.joinWithMessagePack()
            for id in [0, 7, 1 << 40] {
                try await client.send(TestPacket(.event, id: id, #"["echo",1,"a"]"#))
                #expect(try await client.receivePacket() == TestPacket(.ack, id: id, #"[1,"a"]"#))
            }
        }
    }

    @Test(arguments: Transport.allCases)
    func `a client acknowledges the server's event`(transport: Transport) async throws {
        try await withMessagePackMembers(1, transport) { _, members in
            let (socket, client) = (members[0].socket, members[0].client)
            async let answer = socket.emitWithAck("sum", 1, 2)
            let question = try await client.receivePacket()
            #expect(question == TestPacket(.event, id: question.id, #"["sum",1,2]"#))
            try await client.send(TestPacket(.ack, id: question.id, "[3]"))
            #expect(try await answer.decode(Int.self) == 3)
        }
    }

    // MARK: Attachments

    static let events: [(json: String, attachments: [[UInt8]])] = [
        (placeholder(0), [[1, 2, 3]]), (placeholder(0), [[]]),
        ("\(placeholder(0)),1,\(placeholder(1))", [[1], [2, 3]]),
        (#"{"a":[\#(placeholder(0)),{"b":[[\#(placeholder(1))]]}],"c":1}"#, [[], [0xFF]]),
        ("1,\(placeholder(0))", [[UInt8](repeating: 0xB, count: 100_000)]),
    ]

    @Test(arguments: Transport.allCases, events)
    func `what is binary comes back in its place, in the same message`(
        transport: Transport, event: (json: String, attachments: [[UInt8]])
    ) async throws {
        try await withClient(transport) { _, client in
            try await client.joinWithMessagePack()
            try await client.send(
                TestPacket(.event, "[\"message\",\(event.json)]", event.attachments),
                TestPacket(.event, id: 1, "[\"echo\",\(event.json)]", event.attachments))
            #expect(
                try await client.receivePacket()
                    == TestPacket(.event, "[\"message-back\",\(event.json)]", event.attachments))
            #expect(
                try await client.receivePacket()
                    == TestPacket(.ack, id: 1, "[\(event.json)]", event.attachments))
        }
    }

    private struct File: Codable, Equatable, Sendable {
        var name: String
        var parts: [Data]
    }

    @Test(arguments: Transport.allCases)
    func `handlers take and give data in types of their own`(transport: Transport) async throws {
        try await withClient(transport) { server in
            server.onConnection { socket in
                socket.on("reverse", File.self) { file in
                    File(name: file.name, parts: file.parts.reversed())
                }
            }
        } test: { _, client in
            try await client.joinWithMessagePack()
            let parts = "\(placeholder(0)),\(placeholder(1))"
            try await client.send(
                TestPacket(.event, id: 1, #"["reverse",{"name":"a","parts":[\#(parts)]}]"#, [[1], [2, 3]]))
            #expect(
                try await client.receivePacket()
                    == TestPacket(.ack, id: 1, #"[{"name":"a","parts":[\#(parts)]}]"#, [[2, 3], [1]]))
        }
    }

    // MARK: Namespaces, and the end

    @Test(arguments: Transport.allCases)
    func `namespaces share a connection`(transport: Transport) async throws {
        try await withClient(transport) { server, client in
            for name in ["/", "/custom"] { try await client.joinWithMessagePack(name) }
            for name in ["/custom", "/"] {
                try server.of(name).emit("to all", Data([7]))
                #expect(
                    try await client.receivePacket()
                        == TestPacket(.event, namespace: name, #"["to all",\#(placeholder(0))]"#, [[7]]))
            }
        }
    }

    @Test(arguments: Transport.allCases)
    func `a client that leaves one namespace stays in the other`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            for name in ["/", "/custom"] { try await client.joinWithMessagePack(name) }
            try await client.send(
                TestPacket(.disconnect, namespace: "/custom"), TestPacket(.event, #"["message",1]"#))
            #expect(try await client.receivePacket() == TestPacket(.event, #"["message-back",1]"#))
            #expect(await reasons.waitFor(1) == ["/custom client namespace disconnect"])
        }
    }

    @Test(arguments: Transport.allCases)
    func `the server may send a client away from one namespace`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            for name in ["/", "/custom"] { try await client.joinWithMessagePack(name) }
            try await client.send(TestPacket(.event, namespace: "/custom", #"["leave me"]"#))
            #expect(try await client.receivePacket() == TestPacket(.disconnect, namespace: "/custom"))
            #expect(await reasons.waitFor(1) == ["/custom server namespace disconnect"])
        }
    }

    @Test func `the server may close the connection, too`() async throws {
        try await withClient { _, client in
            for name in ["/", "/custom"] { try await client.joinWithMessagePack(name) }
            try await client.send(TestPacket(.event, #"["leave me and close"]"#))
            let packets = try await client.end().map { try TestPacket($0) }
            #expect(packets == [TestPacket(.disconnect), TestPacket(.disconnect, namespace: "/custom")])
        }
    }

    @Test(arguments: Transport.allCases)
    func `a client that closes leaves all namespaces`(transport: Transport) async throws {
        try await withClient(transport) { _, client in
            for name in ["/", "/custom"] { try await client.joinWithMessagePack(name) }
            try await client.engine.send("1")
            #expect(await reasons.waitFor(2) == ["/ transport close", "/custom transport close"])
        }
    }
}
