import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Rows M6, M7: how an event is sent. What `volatile` means to many is told with the rooms.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO emit flags` {
    /// Lets a server send to a socket, in one turn of its loop, and returns the packets until the last, `42["end"]`.
    private func packets(
        _ transport: Transport, isPolling: Bool = false, _ options: SocketOptions = .test(),
        emit: @escaping @Sendable (SocketServer, Socket) throws -> Void
    ) async throws -> [TestMessage] {
        let packets = Journal<[TestMessage]>()
        try await withMembers(1, transport, options) { server, socket in
            socket.on("go") { [unowned server] event in
                try emit(server, socket)
                event.ack?.send(event.arguments)
            }
        } test: { server, members in
            let client = members[0].client
            if isPolling { try await client.engine.startPoll() }
            await server.engine.settle()
            try await client.emit("go", ack: 0)
            let before = try await client.receive(until: "430[]")
            packets.append(before)
        }
        return packets.all[0]
    }

    // MARK: Volatile

    @Test func `a volatile event is sent over a WebSocket that takes it`() async throws {
        let packets = try await packets(.webSocket) { _, socket in try socket.volatile.emit("v", 1) }
        #expect(packets == [#"42["v",1]"#])
    }

    /// Node sends the first only: its transport is busy until the next turn, whatever the client could take.
    @Test func `several in one go are sent as well, behind others, too`() async throws {
        let packets = try await packets(.webSocket) { server, socket in
            try socket.emit("a")
            for number in 1...3 { try socket.volatile.emit("v", number) }
            try server.volatile.emit("w")
            try socket.emit("b")
        }
        let numbered = (1...3).map { TestMessage.text("42[\"v\",\($0)]") }
        #expect(packets == [#"42["a"]"#] + numbered + [#"42["w"]"#, #"42["b"]"#])
    }

    @Test(arguments: [(false, []), (true, [#"42["v",1]"#])] as [(Bool, [TestMessage])])
    func `over polling it is sent if a poll waits`(isPolling: Bool, expected: [TestMessage]) async throws {
        let packets = try await packets(.polling, isPolling: isPolling) { _, socket in
            try socket.volatile.emit("v", 1)
        }
        #expect(packets == expected)
    }

    @Test func `over polling it is not sent behind another, and the next may`() async throws {
        let packets = try await packets(.polling, isPolling: true) { _, socket in
            try socket.emit("a")
            try socket.volatile.emit("v")
            try socket.emit("b")
        }
        #expect(packets == [#"42["a"]"#, #"42["b"]"#])
    }

    @Test func `over polling only the first of several is sent`() async throws {
        let packets = try await packets(.polling, isPolling: true) { server, socket in
            for number in 1...3 { try socket.volatile.emit("v", number) }
            try server.volatile.emit("v", 4)
        }
        #expect(packets == [#"42["v",1]"#])
    }

    @Test(arguments: [(false, 0), (true, 1)])
    func `it is sent with all its attachments, or not at all`(isPolling: Bool, count: Int) async throws {
        let packets = try await packets(.polling, isPolling: isPolling) { server, socket in
            try socket.volatile.emit("v", Data([1]), Data([2]))
            try server.volatile.emit("v", Data([3]))
        }
        let head = #"452-["v",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#
        #expect(packets == (count == 0 ? [] : [.text(head), [1], [2]]))
    }

    @Test func `a volatile question that is not sent is a timeout`() async throws {
        try await withMembers(1, .polling) { server, members in
            await #expect(throws: AckError.timeout) {
                try await members[0].socket.volatile.timeout(.milliseconds(20)).emitWithAck("question")
            }
            let packets = try await packetsUntilEnd(server, members)
            #expect(packets == [[]])
        }
    }

    @Test func `volatile events pass by a WebSocket that is not read`() async throws {
        let options = SocketOptions.test { $0.engine.sendQueue.packets = 4 }
        try await withMembers(1, .webSocket, options) { server, members in
            let large = String(repeating: "x", count: 100_000)
            // Far more than the system buffers, and the queue would not take it either.
            for _ in 0..<300 { try members[0].socket.volatile.emit("large", large) }
            #expect(try await packetsUntilEnd(server, members)[0].count < 300)
            try members[0].socket.volatile.emit("again")
            #expect(try await members[0].client.receive() == #"42["again"]"#)
        }
    }

    // MARK: Latest

    @Test func `of a key only the newest waits, in its own place`() async throws {
        let packets = try await packets(.polling) { _, socket in
            try socket.latest("k").emit("k", 1)
            try socket.emit("a")
            try socket.latest("k").emit("k", 2)
            try socket.emit("b")
            try socket.latest("k").emit("other name", 3)
            try socket.emit("c")
        }
        #expect(packets == [#"42["a"]"#, #"42["b"]"#, #"42["other name",3]"#, #"42["c"]"#])
    }

    @Test func `keys do not concern each other, nor do namespaces`() async throws {
        try await withSocketServer { server in
            _ = server.of("/custom")
        } test: { server, port in
            let client = try await SocketTestClient.connect(port: port, .polling)
            try await client.join("/custom")
            for number in 1...2 {
                try server.latest("k").emit("k", number)
                try server.latest("l").emit("l", number)
                try server.of("/custom").latest("k").emit("k", number)
            }
            let expected: [TestMessage] = [#"42["k",2]"#, #"42["l",2]"#, #"42/custom,["k",2]"#]
            #expect(try await client.receive(3) == expected)
        }
    }

    @Test func `who keeps up gets every one`() async throws {
        try await withMembers(2, .webSocket, .test(loops: 2)) { server, members in
            for number in 1...20 { try server.latest("k").emit("k", number) }
            let all = (1...20).map { TestMessage.text("42[\"k\",\($0)]") }
            #expect(try await packetsUntilEnd(server, members) == [all, all])
        }
    }

    @Test func `with attachments it is replaced as a whole`() async throws {
        let packets = try await packets(.polling) { server, _ in
            for number in 1...3 { try server.latest("k").emit("k", Data([UInt8(number)])) }
        }
        #expect(packets == [#"451-["k",{"_placeholder":true,"num":0}]"#, [3]])
    }

    /// The point of it: a client that does not read costs one value of each key, and gets the newest.
    @Test(arguments: Transport.allCases)
    func `a client that does not read gets the newest of each when it reads again`(transport: Transport)
        async throws
    {
        let options = SocketOptions.test {
            $0.engine.sendQueue.packets = 8
            $0.engine.sendQueue.bytes = 2_000_000
        }
        try await withMembers(1, transport, options) { server, members in
            let value = String(repeating: "x", count: 50_000)
            for number in 1...400 {
                for key in ["a", "b"] { try server.latest(key).emit(key, number, value) }
            }
            await server.engine.settle()
            let packets = try await packetsUntilEnd(server, members)[0].map(\.text)
            #expect(packets.count < 800)
            for key in ["a", "b"] {
                let numbers = packets.filter { $0.hasPrefix("42[\"\(key)\"") }
                    .compactMap { Int($0.dropFirst(7).prefix(while: \.isNumber)) }
                #expect(numbers.last == 400)
                #expect(numbers == numbers.sorted())
            }
        }
    }

    // MARK: Compression

    private static let text = String(repeating: "x", count: 2_000)

    @Test(arguments: [(true, "gzip"), (false, nil)] as [(Bool, String?)])
    func `an answer to a poll is compressed unless its events ask not to be`(
        isCompressed: Bool, coding: String?
    ) async throws {
        try await withMembers(1, .polling) { server, members in
            let (socket, engine) = (members[0].socket, members[0].client.engine)
            try socket.compress(isCompressed).emit("a", Self.text)
            try server.compress(isCompressed).emit("b", Self.text)
            await server.engine.settle()
            let answer = try await HTTPTestClient.get(
                port: engine.port, engine.target(), fields: ["Accept-Encoding: gzip"])
            #expect(answer["Content-Encoding"] == coding)
        }
    }

    @Test func `a WebSocket message is compressed unless it asks not to be`() async throws {
        let options = SocketOptions.test {
            $0.engine.perMessageDeflate = PerMessageDeflate()
            $0.engine.path = "/engine.io"
        }
        try await withSocketServer(options) { server in
            server.onConnection { [unowned server] socket in
                try? socket.emit("a", Self.text)
                try? socket.compress(false).emit("b", Self.text)
                try? server.emit("c", Self.text)
                try? server.to(socket.id).compress(false).emit("d", Self.text)
                try? socket.emit("small")
            }
        } test: { _, port in
            let client = try await DeflateTestClient.connect(port: port, offers: ["permessage-deflate"])
            try await client.send("40")
            _ = try await client.receive()
            var compressed: [Bool] = []
            for _ in 0..<5 { compressed.append(try await client.receive().isCompressed) }
            #expect(compressed == [true, false, true, false, false])
        }
    }

    // MARK: Together

    @Test func `flags make new values and change no other`() async throws {
        let packets = try await packets(.polling) { _, socket in
            let plain = socket.compress(true)
            let (volatile, latest) = (plain.volatile, plain.latest("k"))
            try plain.emit("a")
            try volatile.emit("dropped")
            try latest.emit("replaced")
            try plain.emit("b")
            try latest.timeout(.seconds(1)).emit("c")
        }
        #expect(packets == [#"42["a"]"#, #"42["b"]"#, #"42["c"]"#])
    }
}
