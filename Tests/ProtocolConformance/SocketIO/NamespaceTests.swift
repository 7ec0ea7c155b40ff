import EngineIO
import SocketIO
import TestSupport
import Testing

/// Rows N3, N4, N5: namespaces that are there, and namespaces that are made when a client asks for them.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO namespaces on demand` {
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
            #expect(try await client.receive() == namespaceRefusal("/any", "closed today"))
        }
    }

    @Test func `a function that fails tells the client nothing`() async throws {
        struct Broken: Error {}
        try await withSocketServer { server in
            _ = server.of(where: { _, _ in throw Broken() })
        } test: { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40/any,")
            #expect(try await client.receive() == namespaceRefusal("/any", "connection refused"))
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
}
