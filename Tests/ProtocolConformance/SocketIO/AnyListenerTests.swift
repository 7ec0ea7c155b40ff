import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Row M12: who hears of every event, in and out.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO listening to any event` {
    private let heard = Journal<String>()

    // MARK: In

    @Test(arguments: Transport.allCases)
    func `of any name, handled or not, before checks and handlers`(transport: Transport) async throws {
        let heard = heard
        try await withMembers(1, transport) { _, socket in
            socket.on("x") { _ in heard.append("handler") }
            socket.use { _ in heard.append("check") }
            socket.onAny { heard.append("any \($0.name) \($0.arguments.count) \($0.ack != nil)") }
        } test: { _, members in
            try await members[0].client.emit("x", "1", "2", ack: 0)
            try await members[0].client.emit("unknown")
            let expected = ["any x 2 true", "check", "handler", "any unknown 0 false", "check"]
            #expect(await heard.waitFor(5) == expected)
        }
    }

    @Test func `in the order in which they came, or before those that are there`() async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            for name in ["a", "b"] { socket.onAny { _ in heard.append(name) } }
            for name in ["c", "d"] { socket.onAny(first: true) { _ in heard.append(name) } }
        } test: { _, members in
            try await members[0].client.emit("x")
            #expect(await heard.waitFor(4) == ["d", "c", "a", "b"])
        }
    }

    @Test func `who is removed meanwhile hears of this event still, and of no other`() async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            let second = Journal<Listener>()
            socket.onAny { event in
                heard.append("first \(event.name)")
                for listener in second.all { socket.off(listener) }
            }
            second.append(socket.onAny { heard.append("second \($0.name)") })
        } test: { _, members in
            for name in ["x", "y"] { try await members[0].client.emit(name) }
            #expect(await heard.waitFor(3) == ["first x", "second x", "first y"])
        }
    }

    @Test func `an ack is no event`() async throws {
        let heard = heard
        try await withMembers(1) { _, socket in
            socket.onAny { heard.append($0.name) }
        } test: { _, members in
            async let answer = members[0].socket.emitWithAck("question")
            _ = try await members[0].client.receive()
            try await members[0].client.send("430[1]")
            _ = try await answer
            try await members[0].client.emit("end")
            #expect(await heard.waitFor(1) == ["end"])
        }
    }

    @Test func `an event that waits is heard of when it is its turn`() async throws {
        let heard = heard
        let gate = Gate()
        try await withMembers(1) { _, socket in
            socket.onAny { heard.append($0.name) }
            socket.on("slow") { (_: ReceivedEvent) async throws in await gate.pass() }
        } test: { server, members in
            for name in ["slow", "next"] { try await members[0].client.emit(name) }
            await server.engine.settle()
            #expect(heard.all == ["slow"])
            gate.open()
            #expect(await heard.waitFor(2) == ["slow", "next"])
        }
    }

    // MARK: Out

    /// Gives `emit` a server and four sockets on two loops, the first of which listens, and expects what it hears.
    private func expectOutgoing(
        _ expected: [String], loops: Int = 2, transport: Transport = .webSocket,
        sourceLocation: SourceLocation = #_sourceLocation,
        emit: (SocketServer, [Member]) async throws -> Void
    ) async throws {
        let heard = heard
        try await withMembers(4, transport, .test(loops: loops)) { server, members in
            members[0].socket.onAnyOutgoing { name, arguments in
                heard.append(name + (arguments.json(at: 0)?.text ?? ""))
            }
            try await emit(server, members)
            _ = try await packetsUntilEnd(server, members)
            #expect(heard.all == expected + ["end"], sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: Transport.allCases)
    func `what is sent to the socket itself`(transport: Transport) async throws {
        try await expectOutgoing(
            ["a", "b1", "message2", "c3", "d4", "e5", "f6"], transport: transport
        ) { _, members in
            let (socket, other) = (members[0].socket, members[1].socket)
            try socket.emit("a")
            try socket.emit("b", 1)
            try socket.send(2)
            try socket.emit(Event("c"), 3)
            try socket.compress(false).emit("d", 4)
            try socket.latest("key").emit("e", 5)
            try other.emit("no", 0)
            try socket.emit("f", 6, ack: { _ in })
        }
    }

    @Test(arguments: [1, 2])
    func `broadcasts that reach it`(loops: Int) async throws {
        try await expectOutgoing(["a1", "b2", "c3", "d4", "e5"], loops: loops) { server, members in
            members[0].socket.join("room")
            try server.emit("a", 1)
            try server.to("room", "other").emit("b", 2)
            try server.to(members[0].socket.id).emit("c", 3)
            try server.root.except("other").emit("d", 4)
            try members[1].socket.broadcast.emit("e", 5)
        }
    }

    @Test(arguments: [1, 2])
    func `and no other broadcasts`(loops: Int) async throws {
        try await expectOutgoing([], loops: loops) { server, members in
            for member in members[1...] { member.socket.join("room") }
            members[0].socket.join("left", "quiet")
            members[0].socket.leave("left")
            try server.to("room", "left").emit("a")
            try server.root.except("quiet").emit("b")
            try server.root.except(members[0].socket.id).emit("c")
            try members[0].socket.broadcast.emit("d")
            try server.of("/other").emit("e")
        }
    }

    @Test func `events that want an ack`() async throws {
        try await expectOutgoing(["a1", "b2"]) { server, members in
            async let answer = members[0].socket.emitWithAck("a", 1)
            _ = try await members[0].client.receive()
            try await members[0].client.send("430[]")
            _ = try await answer
            _ = try? await server.to(members[0].socket.id).timeout(.milliseconds(1)).emitWithAck("b", 2)
        }
    }

    @Test func `no acks`() async throws {
        try await expectOutgoing([]) { server, members in
            members[0].socket.on("echo") { event in event.ack?.send(event.arguments) }
            await server.engine.settle()
            try await members[0].client.emit("echo", "1", ack: 1)
            #expect(try await members[0].client.receive() == "431[1]")
        }
    }

    @Test func `with what is binary in them`() async throws {
        let sizes = Journal<Int>()
        try await withMembers(1) { server, members in
            members[0].socket.onAnyOutgoing { _, arguments in
                sizes.append((try? arguments.decode(Data.self).count) ?? -1)
            }
            try members[0].socket.emit("file", Data([1, 2, 3]))
            try server.emit("file", Data([1, 2]))
            #expect(await sizes.waitFor(2) == [3, 2])
        }
    }

    @Test func `what is sent, in the order in which they came or before those that are there`() async throws {
        let heard = heard
        try await withMembers(1) { server, members in
            for name in ["a", "b"] { members[0].socket.onAnyOutgoing { _, _ in heard.append(name) } }
            members[0].socket.onAnyOutgoing(first: true) { _, _ in heard.append("c") }
            try server.emit("x")
            #expect(await heard.waitFor(3) == ["c", "a", "b"])
        }
    }

    @Test func `not what is sent before it is connected`() async throws {
        let heard = heard
        try await withSocketServer { server in
            server.use { [unowned server] socket in
                socket.onAnyOutgoing { name, _ in heard.append(name) }
                try server.emit("not for it")
                await server.engine.settle()
            }
        } test: { server, port in
            let client = try await SocketTestClient.connect(port: port)
            try server.emit("for it")
            #expect(try await client.receive() == #"42["for it"]"#)
            #expect(heard.all == ["for it"])
        }
    }

    @Test func `in vain, once it is gone`() async throws {
        let heard = heard
        try await withMembers(2) { server, members in
            members[0].socket.onAnyOutgoing { name, _ in heard.append(name) }
            members[0].socket.disconnect()
            try members[0].socket.emit("a")
            _ = try await packetsUntilEnd(server, [members[1]])
            #expect(heard.all == [])
        }
    }
}
