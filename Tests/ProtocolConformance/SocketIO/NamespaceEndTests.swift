import EngineIO
import SocketIO
import TestSupport
import Testing

/// Rows N2, N4: namespaces that are made for their first client end with their last.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO namespaces that clients leave` {
    @Test func `one that the application made itself stays`() async throws {
        let parents = Journal<ParentNamespace>()
        try await withSocketServer(.test { $0.maxChildNamespaces = 1 }) { server in
            parents.append(server.of(/^\/room-/))
            _ = server.of("/room-1")
        } test: { server, port in
            let client = try await SocketTestClient.connect(port: port, namespace: "/room-1")
            client.close()
            #expect(await eventually { await server.engine.sessionCount() == 0 })
            #expect(parents.all[0].children.keys.sorted() == ["/room-1"])
            try await expectJoin("/room-2", port: port)
        }
    }

    @Test func `one that was refused to a client stays for those who are in`() async throws {
        let parents = Journal<ParentNamespace>()
        try await withSocketServer { server in
            let parent = server.of(/^\/room-/)
            parent.use { if $0.authentication["ok"] != true { throw ConnectionRefused("no") } }
            parents.append(parent)
        } test: { server, port in
            let first = try await SocketTestClient.connect(
                port: port, namespace: "/room-1", auth: #"{"ok":true}"#)
            let second = try await SocketTestClient.open(port: port)
            try await second.send("40/room-1,")
            #expect(try await second.receive() == namespaceRefusal("/room-1", "no"))
            try parents.all[0].emit("news")
            #expect(try await first.receive() == #"42/room-1,["news"]"#)
            #expect(await server.of("/room-1").socketCount() == 1)
        }
    }

    @Test func `one that its last client has left is gone, and made anew for the next`() async throws {
        let made = Journal<Namespace>()
        let parents = Journal<ParentNamespace>()
        try await withSocketServer(.test(loops: 2)) { server in
            parents.append(server.of(/^\/room-/))
            server.onNewNamespace { made.append($0) }
        } test: { _, port in
            let first = try await SocketTestClient.connect(port: port, namespace: "/room-1")
            let second = try await SocketTestClient.connect(port: port, namespace: "/room-1")
            first.close()
            try await second.send("41/room-1,")
            #expect(await eventually { parents.all[0].children.isEmpty })
            try await expectJoin("/room-1", port: port)
            #expect(made.count == 2)
        }
    }

    @Test func `one stays if that is wanted`() async throws {
        let parents = Journal<ParentNamespace>()
        try await withSocketServer(.test { $0.removesEmptyChildNamespaces = false }) { server in
            parents.append(server.of(/^\/room-/))
        } test: { server, port in
            let client = try await SocketTestClient.connect(port: port, namespace: "/room-1")
            client.close()
            #expect(await eventually { await server.engine.sessionCount() == 0 })
            #expect(parents.all[0].children.keys.sorted() == ["/room-1"])
        }
    }

    @Test func `a client whose middleware refuses it leaves no namespace behind`() async throws {
        let parents = Journal<ParentNamespace>()
        try await withSocketServer { server in
            let parent = server.of(/^\/room-/)
            parent.use { _ in throw ConnectionRefused("no") }
            parents.append(parent)
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40/room-1,")
            #expect(try await client.receive() == namespaceRefusal("/room-1", "no"))
            #expect(await eventually { parents.all[0].children.isEmpty })
        }
    }

    @Test func `a client that goes while it is asked about leaves no namespace behind`() async throws {
        let parents = Journal<ParentNamespace>()
        let gate = Gate()
        try await withSocketServer { server in
            parents.append(
                server.of(where: { _, _ in
                    await gate.pass()
                    return true
                }))
        } test: { server, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40/room-1,")
            #expect(await eventually { gate.waitingCount == 1 })
            client.close()
            #expect(await eventually { await server.engine.sessionCount() == 0 })
            gate.open()
            await server.engine.settle()
            #expect(await eventually { parents.all[0].children.isEmpty })
        }
    }

    @Test func `clients can bring about only so many`() async throws {
        try await withSocketServer(.test { $0.maxChildNamespaces = 2 }) { server in
            _ = server.of(/^\/room-/)
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port, namespace: "/room-1")
            try await client.join("/room-2")
            try await client.send("40/room-3,")
            #expect(try await client.receive() == namespaceRefusal("/room-3", "too many namespaces"))
            try await client.send("41/room-1,")
            try await client.join("/room-3")
        }
    }

    @Test func `asking twice before the answer ends the connection`() async throws {
        let gate = Gate()
        try await withSocketServer { server in
            _ = server.of(where: { _, _ in
                await gate.pass()
                return true
            })
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40/room-1,", "40/room-1,")
            #expect(try await client.end() == [])
            gate.open()
        }
    }
}
