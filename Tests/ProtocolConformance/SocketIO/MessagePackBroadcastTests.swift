import EngineIO
import SocketIO
import TestSupport
import Testing

/// Gives `test` a server and the clients that are connected to it, all with socket.io-msgpack-parser.
func withMessagePackMembers(
    _ count: Int, _ transport: Transport = .webSocket, _ options: SocketOptions = .messagePack(),
    test: (SocketServer, [Member]) async throws -> Void
) async throws {
    let sockets = Journal<Socket>()
    try await withSocketServer(options) { server in
        server.onConnection { sockets.append($0) }
    } test: { server, port in
        var members: [Member] = []
        for number in 0..<count {
            let client = try await SocketTestClient.open(port: port, transport)
            try await client.joinWithMessagePack()
            members.append(
                Member(socket: try #require(await sockets.waitFor(number + 1).last), client: client))
        }
        try await test(server, members)
    }
}

/// Row P5, and rows M5, M6, M8, M10: a broadcast to clients with socket.io-msgpack-parser.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO broadcasts in MessagePack` {
    private static let tick = TestPacket(.event, #"["tick",1]"#)

    /// Broadcasts to three clients, and checks who of them got the event, each once.
    private func expectReached(
        _ reached: [Int], _ transport: Transport, sourceLocation: SourceLocation = #_sourceLocation,
        _ emit: (SocketServer, [Socket]) throws -> Void
    ) async throws {
        try await withMessagePackMembers(3, transport, .messagePack(loops: 2)) { server, members in
            try emit(server, members.map(\.socket))
            try server.emit("end")
            for (number, member) in members.enumerated() {
                var packets: [TestPacket] = []
                while packets.last?.json != #"["end"]"# {
                    packets.append(try await member.client.receivePacket())
                }
                let expected = reached.contains(number) ? [Self.tick] : []
                #expect(Array(packets.dropLast()) == expected, sourceLocation: sourceLocation)
            }
        }
    }

    @Test(arguments: Transport.allCases)
    func `reach everyone`(transport: Transport) async throws {
        try await expectReached([0, 1, 2], transport) { server, _ in try server.emit("tick", 1) }
    }

    @Test(arguments: Transport.allCases)
    func `reach the members of rooms, each once`(transport: Transport) async throws {
        try await expectReached([0, 2], transport) { server, sockets in
            for socket in [sockets[0], sockets[2]] { socket.join("a", "b") }
            try server.to("a", "b").emit("tick", 1)
        }
    }

    @Test(arguments: Transport.allCases)
    func `leave out the sender and members of rooms`(transport: Transport) async throws {
        try await expectReached([2], transport) { server, sockets in
            sockets[1].join("out")
            try sockets[0].broadcast.except("out").emit("tick", 1)
        }
    }

    @Test(arguments: Transport.allCases)
    func `may be acknowledged by all`(transport: Transport) async throws {
        try await withMessagePackMembers(2, transport) { server, members in
            async let replies = server.everyone.emitWithAck("question")
            for (number, member) in members.enumerated() {
                let question = try await member.client.receivePacket()
                try await member.client.send(TestPacket(.ack, id: question.id, "[\(number)]"))
            }
            let answers = try await replies.map { try $0.arguments.decode(Int.self) }
            #expect(answers.sorted() == [0, 1])
        }
    }

    /// An application may wrap what it received, and wrap that again.
    @Test func `are written however deep they are`() async throws {
        try await withMessagePackMembers(1) { server, members in
            var value = try RawJSON(validating: "[]")
            for _ in 0..<10_000 { value = try RawJSON(encoding: [value]) }
            try server.emit("deep", value)
            try server.emit("tick", 1)
            guard case .binary(let bytes) = try await members[0].client.receive() else { return }
            #expect(bytes.count(where: { $0 == 0x91 }) == 10_000)
            #expect(try await members[0].client.receivePacket() == Self.tick)
        }
    }
}

/// What a server asks of any parser.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO with a parser of its own` {
    /// Writes nothing of events with a certain name, and counts the others.
    private struct Observed: PacketParser {
        let events = Journal<String>()

        func encode(_ packet: ParserPacket) -> [Message] {
            let json = String(decoding: packet.json, as: UTF8.self)
            guard !json.contains("unspeakable") else { return [] }
            if packet.kind == .event { events.append(json) }
            return MessagePackParser().encode(packet)
        }

        func makeDecoder() -> any PacketParserDecoder { MessagePackParser().makeDecoder() }
    }

    /// Principle "encode once".
    @Test(arguments: [1, 2], Transport.allCases)
    func `a broadcast is encoded once for all receivers`(loops: Int, transport: Transport) async throws {
        let parser = Observed()
        let options = SocketOptions.test(loops: loops) { $0.parser = parser }
        try await withMessagePackMembers(100, transport, options) { server, members in
            try server.emit("tick", 1)
            for member in members { #expect(try await member.client.receivePacket().json == #"["tick",1]"#) }
            #expect(parser.events.all == [#"["tick",1]"#])
        }
    }

    @Test(arguments: Transport.allCases)
    func `a packet that cannot be written is not sent`(transport: Transport) async throws {
        let options = SocketOptions.test { $0.parser = Observed() }
        try await withMessagePackMembers(1, transport, options) { server, members in
            if transport == .polling { try await members[0].client.engine.startPoll() }
            try members[0].socket.emit("unspeakable")
            await server.engine.settle()
            try server.emit("unspeakable")
            await server.engine.settle()
            try server.emit("tick", 1)
            let packet = try await members[0].client.receivePacket()
            #expect(packet.json == #"["tick",1]"#)
        }
    }
}
