import EngineIO
import SocketIO
import TestSupport
import Testing

/// Rows M5, M6, M8, M10: whom a broadcast reaches.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO rooms` {
    private static let tick: TestMessage = #"42["tick",1]"#

    /// Connects four clients, broadcasts, and checks who of them got the event, each once.
    private func expectReached(
        _ reached: [Int], loops: Int = 2, transport: Transport = .webSocket,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ emit: (SocketServer, [Socket]) async throws -> Void
    ) async throws {
        try await withMembers(4, transport, .test(loops: loops)) { server, members in
            try await emit(server, members.map(\.socket))
            let packets = try await packetsUntilEnd(server, members)
            let expected = members.indices.map { reached.contains($0) ? [Self.tick] : [] }
            #expect(packets == expected, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [1, 2], Transport.allCases)
    func `everyone`(loops: Int, transport: Transport) async throws {
        try await expectReached([0, 1, 2, 3], loops: loops, transport: transport) { server, _ in
            try server.emit("tick", 1)
        }
    }

    @Test(arguments: [1, 2], Transport.allCases)
    func `the members of a room`(loops: Int, transport: Transport) async throws {
        try await expectReached([1, 3], loops: loops, transport: transport) { server, sockets in
            for socket in [sockets[1], sockets[3]] { socket.join("room") }
            try server.to("room").emit("tick", 1)
        }
    }

    @Test func `the members of a list of rooms, from wherever it is sent`() async throws {
        let rooms = ["a", "b"]
        let audiences: [@Sendable (SocketServer, Socket) -> Broadcast] = [
            { io, _ in io.to(rooms) }, { io, _ in io.in(rooms) }, { _, socket in socket.to(rooms) },
            { _, socket in socket.in(rooms) }, { io, _ in io.local.to(rooms) },
            { io, _ in io.local.in(rooms) },
        ]
        for audience in audiences {
            try await expectReached([1, 2]) { server, sockets in
                sockets[1].join("a")
                sockets[2].join(rooms)
                try audience(server, sockets[0]).emit("tick", 1)
            }
        }
    }

    @Test func `everyone but the members of a list of rooms`() async throws {
        try await expectReached([0, 3]) { server, sockets in
            sockets[1].join("a")
            sockets[2].join("b")
            try server.except(["a", "b"]).emit("tick", 1)
        }
        try await expectReached([3]) { _, sockets in
            sockets[1].join("a")
            sockets[2].join("b")
            try sockets[0].except(["a", "b"]).emit("tick", 1)
        }
    }

    @Test func `everyone where the list of rooms is empty, as on Node`() async throws {
        try await expectReached([0, 1, 2, 3]) { server, _ in try server.to([]).emit("tick", 1) }
        try await expectReached([1, 2, 3]) { _, sockets in try sockets[0].to([]).emit("tick", 1) }
    }

    @Test func `whom a list of rooms was given to`() async throws {
        try await expectReached([0]) { server, sockets in
            server.socketsJoin(["a", "b"])
            server.to(sockets[1...].map(\.id)).socketsLeave("a")
            try server.to("a").emit("tick", 1)
        }
        try await expectReached([]) { server, _ in
            server.socketsJoin(["a", "b"])
            server.socketsLeave(["a", "b"])
            try server.to(["a", "b"]).emit("tick", 1)
        }
    }

    @Test func `nobody in a room that there is not`() async throws {
        try await expectReached([]) { server, _ in try server.to("room").emit("tick", 1) }
    }

    @Test func `not who has left`() async throws {
        try await expectReached([0]) { server, sockets in
            for socket in sockets[...1] { socket.join("room") }
            sockets[1].leave("room")
            try server.to("room").emit("tick", 1)
        }
    }

    @Test func `who joins twice is in once`() async throws {
        try await expectReached([2]) { server, sockets in
            sockets[2].join("room")
            sockets[2].join("room")
            try server.to("room").emit("tick", 1)
        }
    }

    @Test func `who joined twice leaves once`() async throws {
        try await expectReached([]) { server, sockets in
            sockets[2].join("room")
            sockets[2].join("room")
            sockets[2].leave("room")
            sockets[2].leave("room")
            try server.to("room").emit("tick", 1)
        }
    }

    @Test(arguments: [1, 2])
    func `of several rooms everyone once`(loops: Int) async throws {
        try await expectReached([0, 1, 2], loops: loops) { server, sockets in
            for socket in sockets[0...1] { socket.join("a") }
            for socket in sockets[1...2] { socket.join("b") }
            for socket in sockets[0...2] { socket.join("c") }
            try server.to("a", "b").to("c", "nobody").to("a").emit("tick", 1)
        }
    }

    @Test func `one socket by its id`() async throws {
        try await expectReached([3]) { server, sockets in try server.to(sockets[3].id).emit("tick", 1) }
    }

    @Test func `a socket by its id and its rooms once`() async throws {
        try await expectReached([0, 3]) { server, sockets in
            for socket in [sockets[0], sockets[3]] { socket.join("room") }
            try server.to(sockets[3].id, "room", sockets[3].id).emit("tick", 1)
        }
    }

    @Test(arguments: [1, 2])
    func `everyone except a room`(loops: Int) async throws {
        try await expectReached([0, 3], loops: loops) { server, sockets in
            for socket in sockets[1...2] { socket.join("quiet") }
            try server.root.except("quiet").emit("tick", 1)
        }
    }

    @Test func `everyone except a socket`() async throws {
        try await expectReached([0, 1, 3]) { server, sockets in
            try server.root.except(sockets[2].id).emit("tick", 1)
        }
    }

    @Test func `a room except another and a socket`() async throws {
        try await expectReached([0]) { server, sockets in
            for socket in sockets[0...2] { socket.join("room") }
            sockets[1].join("quiet")
            try server.to("room").except("quiet", "nobody").except(sockets[2].id).emit("tick", 1)
        }
    }

    @Test(arguments: [1, 2])
    func `all but the sender`(loops: Int) async throws {
        try await expectReached([0, 2, 3], loops: loops) { _, sockets in
            try sockets[1].broadcast.emit("tick", 1)
        }
    }

    @Test(arguments: [1, 2])
    func `a room but the sender`(loops: Int) async throws {
        try await expectReached([2], loops: loops) { _, sockets in
            for socket in sockets[1...2] { socket.join("room") }
            try sockets[1].to("room").emit("tick", 1)
        }
    }

    @Test func `a broadcast from a handler`() async throws {
        try await withMembers(3, .webSocket, .test(loops: 2)) { server, socket in
            socket.on("say", Int.self) { number in try socket.broadcast.emit("tick", number) }
        } test: { server, members in
            try await members[0].client.emit("say", "1")
            for member in members[1...] {
                let packet = try await member.client.receive()
                #expect(packet == Self.tick)
            }
            let packets = try await packetsUntilEnd(server, members)
            #expect(packets == [[], [], []])
        }
    }

    @Test func `sockets that are made to join and leave`() async throws {
        try await expectReached([0, 2]) { server, sockets in
            sockets[3].join("old")
            server.to(sockets[0].id, sockets[2].id, "old").socketsJoin("room", "other")
            server.to("old").socketsLeave("room")
            try server.to("room").emit("tick", 1)
        }
    }

    @Test func `only the namespace`() async throws {
        try await withMembers(2) { server, members in
            _ = server.of("/other")
            try await members[0].client.join("/other")
            server.of("/other").everyone.socketsJoin("room")
            members[1].socket.join("room")
            try server.of("/other").to("room").emit("tick", 1)
            let packets = try await packetsUntilEnd(server, members)
            #expect(packets == [[#"42/other,["tick",1]"#], []])
        }
    }

    @Test func `not who has gone`() async throws {
        try await withMembers(2) { server, members in
            members[0].socket.join("room")
            members[1].socket.join("room")
            members[0].client.close()
            #expect(await eventually { await server.root.socketCount() == 1 })
            try server.to("room", members[0].socket.id).emit("tick", 1)
            #expect(try await packetsUntilEnd(server, [members[1]]) == [[Self.tick]])
        }
    }

    @Test func `a socket knows its rooms`() async throws {
        let rooms = Journal<Set<String>>()
        try await withMembers(1) { _, socket in
            socket.on("rooms") { _ in rooms.append(socket.rooms) }
        } test: { server, members in
            let (socket, client) = (members[0].socket, members[0].client)
            socket.join("a")
            socket.join("b")
            socket.leave("a")
            await server.engine.settle()
            try await client.emit("rooms")
            #expect(await rooms.waitFor(1) == [[socket.id, "b"]])
        }
    }

    @Test func `a socket may be in so many rooms`() async throws {
        let rooms = Journal<Int>()
        try await withMembers(1, .webSocket, .test { $0.maxRoomsPerSocket = 3 }) { _, socket in
            for number in 0..<5 { socket.join("\(number)") }
            rooms.append(socket.rooms.count)
        } test: { _, _ in
            #expect(rooms.all == [4], "three rooms and its own id")
        }
    }

    @Test func `a thousand rooms keep their members through joins and leaves`() async throws {
        try await withMembers(4, .webSocket, .test(loops: 2)) { server, members in
            for number in 0..<1_000 {
                for (index, member) in members.enumerated() where number % (index + 1) == 0 {
                    member.socket.join("\(number)")
                }
            }
            for number in 0..<1_000 where number % 5 == 0 { members[0].socket.leave("\(number)") }
            for number in [60, 61, 62, 63, 65] { try server.to("\(number)").emit("n", number) }
            let packets = try await packetsUntilEnd(server, members)
            let expected = [[61, 62, 63], [60, 62], [60, 63], [60]]
            #expect(packets == expected.map { $0.map { .text("42[\"n\",\($0)]") } })
        }
    }

    // MARK: Volatile

    @Test func `a volatile event reaches who can take it at once`() async throws {
        try await expectReached([0, 1, 2, 3]) { server, _ in try server.root.volatile.emit("tick", 1) }
    }

    @Test func `a socket.s in means the same as its to`() async throws {
        try await withMembers(3) { server, members in
            for member in members[...1] { member.socket.join("room") }
            try members[0].socket.in("room").emit("x")
            #expect(try await packetsUntilEnd(server, members) == [[], [#"42["x"]"#], []])
        }
    }

    @Test func `a volatile event passes by a client that does not poll`() async throws {
        try await expectReached([], transport: .polling) { server, _ in
            try server.root.volatile.emit("tick", 1)
        }
    }

    @Test(arguments: [1, 2])
    func `a volatile event answers a pending poll`(loops: Int) async throws {
        try await withMembers(3, .polling, .test(loops: loops)) { server, members in
            for member in members[..<2] { try await member.client.engine.startPoll() }
            await server.engine.settle()
            try server.root.volatile.emit("tick", 1)
            let packets = try await packetsUntilEnd(server, members)
            #expect(packets == [[Self.tick], [Self.tick], []])
        }
    }

    @Test func `volatile events pass by a client that does not read`() async throws {
        try await withMembers(1, .webSocket, .test { $0.engine.sendQueue.packets = 4 }) { server, members in
            let large = String(repeating: "x", count: 100_000)
            // Far more than the system buffers, and the queue would not take it either.
            for _ in 0..<300 { try server.root.volatile.emit("large", large) }
            let packets = try await packetsUntilEnd(server, members)
            #expect(packets[0].count < 300)
        }
    }
}
