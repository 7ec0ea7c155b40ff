import SocketIO
import TestSupport
import Testing

/// Rows M5, M10, M11 over several servers, whatever adapter connects them.
// One after the other: each test needs several of the few servers that tests may have at a time.
@Suite(.serialized, .timeLimit(.minutes(5))) struct `A cluster of servers` {
    /// One server of the cluster and its clients.
    private struct Node {
        var server: SocketServer
        var members: [Member]
    }

    /// Gives `test` three servers with two clients each.
    private func withCluster(
        _ change: (inout SocketOptions) -> Void = { _ in },
        onConnection: @escaping @Sendable (SocketServer, Socket) -> Void = { _, _ in },
        test: (MemoryCluster, [Node]) async throws -> Void
    ) async throws {
        let cluster = MemoryCluster()
        func options(_ name: String) -> SocketOptions {
            .test { options in
                options.adapter = cluster.adapter(name)
                change(&options)
            }
        }
        try await withMembers(2, .webSocket, options("a"), onConnection: onConnection) { a, ofA in
            try await withMembers(2, .webSocket, options("b"), onConnection: onConnection) { b, ofB in
                try await withMembers(2, .webSocket, options("c"), onConnection: onConnection) { c, ofC in
                    let nodes = zip([a, b, c], [ofA, ofB, ofC]).map { Node(server: $0, members: $1) }
                    try await test(cluster, nodes)
                }
            }
        }
    }

    /// Sends, and checks which clients got `42["tick",1]`, each once; clients are numbered through.
    private func expectReached(
        _ reached: [Int], sourceLocation: SourceLocation = #_sourceLocation,
        _ emit: ([Node]) throws -> Void
    ) async throws {
        try await withCluster { _, nodes in
            try emit(nodes)
            try nodes[0].server.emit("end")
            for (number, member) in nodes.flatMap(\.members).enumerated() {
                let packets = try await member.client.receive(until: #"42["end"]"#)
                #expect(
                    packets == (reached.contains(number) ? [#"42["tick",1]"#] : []), "client \(number)",
                    sourceLocation: sourceLocation)
            }
        }
    }

    @Test func `everyone everywhere gets one copy`() async throws {
        try await expectReached([0, 1, 2, 3, 4, 5]) { try $0[1].server.emit("tick", 1) }
    }

    @Test func `a room reaches over all servers`() async throws {
        try await expectReached([1, 2, 5]) { nodes in
            for (node, member) in [(0, 1), (1, 0), (2, 1)] { nodes[node].members[member].socket.join("room") }
            try nodes[2].server.to("room").emit("tick", 1)
        }
    }

    @Test func `exceptions hold on all servers`() async throws {
        try await expectReached([0, 1, 2]) { nodes in
            for node in nodes { node.members[1].socket.join("room") }
            try nodes[0].server.except("room", nodes[2].members[0].socket.id).emit("tick", 1)
            try nodes[0].server.to(nodes[0].members[1].socket.id).emit("tick", 1)
        }
    }

    @Test func `local keeps to the server`() async throws {
        try await expectReached([2, 3]) { try $0[1].server.local.emit("tick", 1) }
        try await expectReached([2]) { try $0[1].members[1].socket.local.emit("tick", 1) }
    }

    @Test func `a socket's broadcast leaves out itself alone`() async throws {
        try await expectReached([0, 1, 2, 4, 5]) { try $0[1].members[1].socket.broadcast.emit("tick", 1) }
    }

    @Test func `sockets elsewhere join, leave and are disconnected`() async throws {
        try await withCluster { _, nodes in
            let (near, far) = (nodes[0].server, nodes[2].members[0])
            near.to(far.socket.id).socketsJoin("a", "b")
            near.in("a").socketsLeave("b")
            #expect(await eventually { far.socket.rooms == [far.socket.id, "a"] })
            near.to("a").disconnectSockets()
            let packet = try await far.client.receive()
            #expect(packet == "41")
        }
    }

    @Test func `sockets of all servers can be looked at`() async throws {
        try await withCluster { _, nodes in
            for node in nodes { node.members[0].socket.join("room") }
            nodes[1].members[0].socket[SocketKey<[String: Int]>("score")] = ["points": 3]
            _ = await eventually { nodes.allSatisfy { $0.members[0].socket.rooms.contains("room") } }
            let sockets = try await nodes[0].server.in("room").fetchSockets()
            #expect(Set(sockets.map(\.id)) == Set(nodes.map(\.members[0].socket.id)))
            let far = try #require(sockets.first { $0.id == nodes[1].members[0].socket.id })
            #expect(far.rooms == [far.id, "room"])
            #expect(far[SocketKey<[String: Int]>("score")] == ["points": 3])
            #expect(far.handshake.address == "127.0.0.1")
            #expect(far.handshake.query["transport"] == "websocket")
            #expect(try await nodes[0].server.local.fetchSockets().count == 2)
            far.join("another")
            #expect(await eventually { nodes[1].members[0].socket.rooms.contains("another") })
            try far.emit("hello", 1)
            #expect(try await nodes[1].members[0].client.receive() == #"42["hello",1]"#)
        }
    }

    @Test func `a server that does not answer is a timeout`() async throws {
        try await withCluster { cluster, nodes in
            cluster.silence("b")
            await #expect(throws: ClusterError.self) {
                try await nodes[0].server.timeout(.milliseconds(50)).fetchSockets()
            }
        }
    }

    // MARK: Acks

    /// Answers every question of a client's server.
    private func answer(_ nodes: [Node], except silent: Int? = nil) async throws {
        for (number, member) in nodes.flatMap(\.members).enumerated() where number != silent {
            let packet = try await member.client.receive().text
            let id = packet.drop { !$0.isNumber }.dropFirst(2).prefix(while: \.isNumber)
            try await member.client.send(.text("43\(id)[\(number)]"))
        }
    }

    @Test func `acks of all servers' clients come together`() async throws {
        try await withCluster { _, nodes in
            async let replies = nodes[1].server.emitWithAckInTest("question", timeout: .seconds(20))
            try await answer(nodes)
            #expect(Set(try await replies.map { $0.arguments[0].intValue }) == [0, 1, 2, 3, 4, 5])
        }
    }

    @Test func `the answers that came are told at the timeout`() async throws {
        try await withCluster { _, nodes in
            async let replies = nodes[1].server.emitWithAckInTest("question", timeout: .seconds(1))
            try await answer(nodes, except: 4)
            do {
                _ = try await replies
                Issue.record("an answer is missing")
            } catch let error as IncompleteReplies {
                #expect(error.missing == 1)
                #expect(Set(error.replies.map { $0.arguments[0].intValue }) == [0, 1, 2, 3, 5])
            }
        }
    }

    // MARK: Servers among themselves

    @Test func `servers send each other events`() async throws {
        let heard = Journal<String>()
        try await withCluster { _, nodes in
            for (name, node) in zip(["a", "b", "c"], nodes) {
                node.server.root.onServerSide("deploy") { event in
                    heard.append("\(name) \(event.arguments[0].intValue ?? 0) \(event.ack == nil)")
                }
            }
            try nodes[0].server.root.serverSideEmit("deploy", 7)
            #expect(await heard.waitFor(2).sorted() == ["b 7 true", "c 7 true"])
        }
    }

    @Test func `servers answer each other`() async throws {
        try await withCluster { cluster, nodes in
            for (name, node) in zip(["a", "b", "c"], nodes) {
                node.server.root.onServerSide("load") { try? $0.ack?.send(name, 1) }
            }
            let answers = try await nodes[0].server.root.serverSideEmitWithAck("load")
            #expect(answers.map { $0[0] }.map { $0.stringValue ?? "" }.sorted() == ["b", "c"])
            cluster.silence("c")
            await #expect(throws: ClusterError.self) {
                try await nodes[0].server.root.serverSideEmitWithAck("load", timeout: .milliseconds(50))
            }
        }
    }

    @Test func `a server that is alone has nobody to wait for`() async throws {
        try await withMembers(1) { server, _ in
            try server.root.serverSideEmit("deploy")
            #expect(try await server.root.serverSideEmitWithAck("load").isEmpty)
        }
    }
}

extension SocketServer {
    /// For `async let`, which cannot spell the steps.
    fileprivate func emitWithAckInTest(_ event: String, timeout: Duration) async throws -> [BroadcastReply] {
        try await self.timeout(timeout).emitWithAck(event)
    }
}
