import SocketIO
import TestSupport
import Testing

/// Row M10: many sockets at a time, wherever they are on the server.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO sockets together` {
    /// Connects four clients, of whom 0 and 1 are in `a`, and 1 and 2 in `b`.
    private func withSockets(_ test: (SocketServer, [Member]) async throws -> Void) async throws {
        try await withMembers(4, .webSocket, .test(loops: 2)) { server, members in
            for member in members[0...1] { member.socket.join("a") }
            for member in members[1...2] { member.socket.join("b") }
            await server.engine.settle()
            try await test(server, members)
        }
    }

    /// Which of the members are meant.
    private func numbers(_ broadcast: Broadcast, _ members: [Member]) async throws -> [Int] {
        try await broadcast.fetchSockets().map { found in
            members.firstIndex { $0.socket.id == found.id } ?? -1
        }.sorted()
    }

    // MARK: Looking at them

    @Test func `can be found by their rooms and ids, each once`() async throws {
        try await withSockets { server, members in
            let ids = members.map(\.socket.id)
            let everyone = try await numbers(server.everyone, members)
            #expect(everyone == [0, 1, 2, 3])
            #expect(try await numbers(server.to("a"), members) == [0, 1])
            #expect(try await numbers(server.to("a", "b"), members) == [0, 1, 2])
            #expect(try await numbers(server.to(ids[3], "a", ids[0]), members) == [0, 1, 3])
            #expect(try await numbers(server.to("a").except("b"), members) == [0])
            #expect(try await numbers(server.except(ids[0], "b"), members) == [3])
            #expect(try await numbers(server.to("nobody"), members) == [])
            #expect(try await numbers(members[1].socket.to("a", "b"), members) == [0, 2])
            #expect(try await numbers(members[1].socket.broadcast, members) == [0, 2, 3])
            #expect(try await numbers(server.of("/other").everyone, members) == [])
        }
    }

    @Test func `show their rooms, their state and their handshake`() async throws {
        let name = SocketKey<String>("name")
        try await withSockets { server, members in
            members[1].socket[name] = "ada"
            let found = try #require(try await server.to(members[1].socket.id).fetchSockets().first)
            #expect(found.rooms == [found.id, "a", "b"])
            #expect(found[name] == "ada")
            #expect(found[SocketKey<Int>("name")] == nil, "of another type")
            #expect(found.handshake.headers["host"] == "localhost")
            #expect(found.handshake.issued == members[1].socket.handshake.issued)
        }
    }

    @Test func `are as they were when they were asked for`() async throws {
        try await withSockets { server, members in
            let found = try await server.to("a").fetchSockets()
            members[0].socket.leave("a")
            members[1].client.close()
            #expect(await eventually { await server.root.socketCount() == 3 })
            #expect(found.allSatisfy { $0.rooms.contains("a") })
            #expect(try await numbers(server.to("a"), members) == [])
        }
    }

    @Test func `of all children can be found at once`() async throws {
        let parents = Journal<ParentNamespace>()
        try await withSocketServer(.test(loops: 2)) { server in
            parents.append(server.of(/^\/room-/))
        } test: { _, port in
            var clients: [SocketTestClient] = []
            var ids: Set<String> = []
            for name in ["/room-1", "/room-1", "/room-2"] {
                clients.append(try await SocketTestClient.open(port: port))
                ids.insert(try await clients[clients.count - 1].join(name))
            }
            let found = try await parents.all[0].everyone.fetchSockets()
            #expect(Set(found.map(\.id)) == ids)
        }
    }

    // MARK: Making them do something

    @Test func `join and leave rooms`() async throws {
        try await withSockets { server, members in
            server.everyone.socketsJoin("all", "too")
            let everyone = try await numbers(server.to("all"), members)
            #expect(everyone == [0, 1, 2, 3])
            server.to("a").except("b").socketsJoin("only a")
            #expect(try await numbers(server.to("only a"), members) == [0])
            server.to("b").socketsLeave("all", "a", "nothing")
            #expect(try await numbers(server.to("all"), members) == [0, 3])
            #expect(try await numbers(server.to("a"), members) == [0])
            #expect(try await numbers(server.to("too"), members) == [0, 1, 2, 3])
        }
    }

    @Test(arguments: [(false, ["41"]), (true, ["41", "41/other,"])] as [(Bool, [TestMessage])])
    func `are sent away from the namespace, or with their connections`(close: Bool, packets: [TestMessage])
        async throws
    {
        try await withMembers(3, .webSocket, .test(loops: 2)) { server, members in
            _ = server.of("/other")
            for member in members { try await member.client.join("/other") }
            for member in members[...1] { member.socket.join("room") }
            server.to("room").disconnectSockets(close: close)
            for member in members[...1] {
                let received = try await member.client.receive(packets.count)
                #expect(received == packets)
            }
            #expect(await eventually { await server.root.socketCount() == 1 })
            #expect(await eventually { await server.engine.sessionCount() == (close ? 1 : 3) })
        }
    }

    @Test func `do it one at a time, if they were found`() async throws {
        try await withSockets { server, members in
            let found = try #require(try await server.to(members[0].socket.id).fetchSockets().first)
            found.join("x", "y")
            found.leave("a", "y")
            #expect(try await numbers(server.to("x"), members) == [0])
            #expect(try await numbers(server.to("a"), members) == [1])
            #expect(try await numbers(server.to("y"), members) == [])
            try found.emit("hello", 1)
            #expect(try await members[0].client.receive() == #"42["hello",1]"#)
            found.disconnect()
            #expect(try await members[0].client.receive() == "41")
            #expect(await eventually { await server.root.socketCount() == 3 })
        }
    }

    // MARK: Aiming

    /// Node: "should return an immutable broadcast operator".
    @Test func `are meant by values that no later step changes`() async throws {
        try await withSockets { server, members in
            let inA = server.to("a")
            let others = [inA.to("b"), inA.except("b"), inA.volatile, inA.compress(false), inA.local]
            try inA.emit("tick")
            #expect(others.count == 5)
            let got: [TestMessage] = [#"42["tick"]"#]
            #expect(try await packetsUntilEnd(server, members) == [got, got, [], []])
        }
    }
}
