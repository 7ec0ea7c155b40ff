import EngineIO
import SocketIO
import TestSupport
import Testing

/// Rows N3, N4, N5: namespaces that are there, and namespaces that are made when a client asks for them.
@Suite(.timeLimit(.minutes(1))) struct `Socket.IO namespaces on demand` {
    private static func refusal(_ name: String, _ message: String = "Invalid namespace") -> TestMessage {
        .text("44\(name),{\"message\":\"\(message)\"}")
    }

    /// Connects to a namespace, and checks whether that succeeds.
    private func expectJoin(
        _ name: String, auth: String = "", port: Int, succeeds: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let client = try await SocketTestClient.open(port: port)
        do {
            try await client.join(name, auth: auth)
            #expect(succeeds, sourceLocation: sourceLocation)
        } catch let error as SocketTestClient.NotConnected {
            #expect(!succeeds, sourceLocation: sourceLocation)
            #expect(error.packet == Self.refusal(name), sourceLocation: sourceLocation)
        }
    }

    // MARK: Which names

    @Test func `a regular expression names them`() async throws {
        try await withSocketServer { server in
            _ = server.of(/^\/dynamic-\d+$/)
        } test: { _, port in
            try await expectJoin("/dynamic-101", port: port)
            try await expectJoin("/dynamic-", port: port, succeeds: false)
            try await expectJoin("/dynamic-1x", port: port, succeeds: false)
        }
    }

    @Test func `a function names them, which may take its time and sees the auth object`() async throws {
        try await withSocketServer { server in
            _ = server.of(where: { name, auth in
                await Task.yield()
                return name == "/private" && auth["token"] == "secret"
            })
        } test: { _, port in
            try await expectJoin("/private", auth: #"{"token":"secret"}"#, port: port)
            try await expectJoin("/private", auth: #"{"token":"guess"}"#, port: port, succeeds: false)
            try await expectJoin("/private", port: port, succeeds: false)
            try await expectJoin("/public", auth: #"{"token":"secret"}"#, port: port, succeeds: false)
        }
    }

    @Test func `a function that throws a refusal chooses its words`() async throws {
        try await withSocketServer { server in
            _ = server.of(where: { _, _ in throw ConnectionRefused("closed today") })
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40/any,")
            #expect(try await client.receive() == Self.refusal("/any", "closed today"))
        }
    }

    @Test func `a function that fails tells the client nothing`() async throws {
        struct Broken: Error {}
        try await withSocketServer { server in
            _ = server.of(where: { _, _ in throw Broken() })
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40/any,")
            #expect(try await client.receive() == Self.refusal("/any", "connection refused"))
        }
    }

    @Test(
        arguments: [
            ("/games/{id}", "/games/7", ["id": "7"]), ("/games/{id}", "/games/a b", ["id": "a b"]),
            ("/{kind}/{id}", "/games/7", ["kind": "games", "id": "7"]),
            ("/v{version}-beta/x", "/v12-beta/x", ["version": "12"]),
            ("games/{id}.live", "/games/7.live", ["id": "7"]), ("/plain", "/plain", [:]),
        ] as [(String, String, [String: String])])
    func `a pattern names them, and what its placeholders stand for is kept`(
        pattern: String, name: String, captures: [String: String]
    ) async throws {
        let seen = Journal<[String: String]>()
        try await withSocketServer { server in
            server.of(pattern: pattern).onConnection { seen.append($0.namespace.captures) }
        } test: { _, port in
            try await expectJoin(name, port: port)
            #expect(seen.all == [captures])
        }
    }

    @Test(
        arguments: [
            ("/games/{id}", "/games/"), ("/games/{id}", "/games"), ("/games/{id}", "/games/7/8"),
            ("/v{version}-beta", "/v-beta"), ("/v{version}-beta", "/v1-betas"), ("/plain", "/plainer"),
        ])
    func `a pattern names no others`(pattern: String, name: String) async throws {
        try await withSocketServer {
            _ = $0.of(pattern: pattern)
        } test: { _, port in
            try await expectJoin(name, port: port, succeeds: false)
        }
    }

    @Test func `the first parent whose name matches has it, and a namespace that is there comes before all`()
        async throws
    {
        let heard = Journal<String>()
        try await withSocketServer { server in
            server.of("/a-static").onConnection { _ in heard.append("static") }
            server.of(/^\/a/).onConnection { _ in heard.append("first") }
            server.of(/^\/a-b/).onConnection { _ in heard.append("second") }
        } test: { _, port in
            try await expectJoin("/a-b", port: port)
            try await expectJoin("/a-static", port: port)
            #expect(heard.all == ["first", "static"])
        }
    }

    // MARK: What they share

    @Test func `what the parent sets up holds for each, before what is its own`() async throws {
        let steps = Journal<String>()
        try await withSocketServer { server in
            let parent = server.of(/^\/room-/)
            parent.use { socket in steps.append("parent checks \(socket.namespace.name)") }
            parent.onConnection { socket in steps.append("parent meets \(socket.namespace.name)") }
            server.onNewNamespace { namespace in
                steps.append("new \(namespace.name)")
                namespace.use { _ in steps.append("own check") }
                namespace.onConnection { _ in steps.append("own meeting") }
            }
        } test: { _, port in
            try await expectJoin("/room-1", port: port)
            #expect(
                steps.all == [
                    "new /room-1", "parent checks /room-1", "own check", "parent meets /room-1",
                    "own meeting",
                ])
        }
    }

    @Test(arguments: [1, 2]) func `what the parent sends goes to all of them and to nobody else`(loops: Int)
        async throws
    {
        let parents = Journal<ParentNamespace>()
        try await withSocketServer(.test(loops: loops)) { server in
            parents.append(server.of(/^\/room-/))
        } test: { server, port in
            var clients: [(name: String, client: SocketTestClient)] = []
            for name in ["/room-1", "/room-2", "/room-2", "/"] {
                let client = try await SocketTestClient.connect(port: port, namespace: name)
                clients.append((name, client))
            }
            try parents.all[0].emit("news", 1)
            try parents.all[0].except("nobody").emit("more", 2)
            try server.emit("end")
            for (name, client) in clients[..<3] {
                #expect(
                    try await client.receive(2)
                        == [.text("42\(name),[\"news\",1]"), .text("42\(name),[\"more\",2]")])
            }
            #expect(try await clients[3].client.receive() == #"42["end"]"#)
        }
    }

    @Test func `clients that ask at the same time share one namespace`() async throws {
        let made = Journal<Namespace>()
        let gate = Gate()
        try await withSocketServer(.test(loops: 2)) { server in
            _ = server.of(where: { _, _ in
                await gate.pass()
                return true
            })
            server.onNewNamespace { made.append($0) }
        } test: { server, port in
            var clients: [SocketTestClient] = []
            for _ in 0..<10 {
                let client = try await SocketTestClient.open(port: port)
                try await client.send("40/same,")
                clients.append(client)
            }
            #expect(await eventually { gate.waitingCount == 10 })
            gate.open()
            for client in clients { _ = try await client.receive() }
            #expect(made.count == 1)
            #expect(await server.of("/same").socketCount() == 10)
        }
    }

    @Test func `one that the application makes itself is its parent's child, too`() async throws {
        let steps = Journal<String>()
        try await withSocketServer { server in
            let games = server.of(pattern: "/games/{id}")
            games.use { _ in steps.append("parent checks") }
            let namespace = server.of("/games/7")
            namespace.onConnection { _ in steps.append("own meeting") }
            #expect(games.children.keys.sorted() == ["/games/7"])
            #expect(namespace.captures == ["id": "7"])
            #expect(server.of(where: { _, _ in true }).children.isEmpty)
            #expect(server.of("/plain").captures == [:])
        } test: { server, port in
            try await expectJoin("/games/7", port: port)
            #expect(steps.all == ["parent checks", "own meeting"])
        }
    }

    // MARK: Their end

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
            #expect(try await second.receive() == Self.refusal("/room-1", "no"))
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
            #expect(try await client.receive() == Self.refusal("/room-1", "no"))
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
            #expect(try await client.receive() == Self.refusal("/room-3", "too many namespaces"))
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
