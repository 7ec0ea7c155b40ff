import EngineIO
import TestSupport
import Testing

/// Rows E1, E2, E17, E21: where the engine answers, and what stands beside it.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO path` {
    private struct Row: Sendable {
        var path: String
        var addsSlash: Bool
        /// Paths that are the engine's.
        var answered: [String]
        /// Paths that are not.
        var others: [String]
    }

    private static let rows = [
        Row(
            path: "/engine.io", addsSlash: true, answered: ["/engine.io/"],
            others: ["/engine.io", "/engine.io/default/", "/engine.iox/", "//engine.io/", "/engine%2Eio/"]),
        Row(
            path: "/engine.io", addsSlash: false, answered: ["/engine.io"],
            others: ["/engine.io/", "/engine.io/foo/bar/", "/engine.iox"]),
        Row(
            path: "/live/v1/", addsSlash: true, answered: ["/live/v1/"],
            others: ["/live/v1", "/live/", "/engine.io/"]),
        Row(path: "/live/v1/", addsSlash: false, answered: ["/live/v1"], others: ["/live/v1/"]),
        Row(path: "/", addsSlash: true, answered: ["/"], others: ["/engine.io/", "/x"]),
    ]

    @Test(arguments: rows.indices)
    func `is matched exactly`(row: Int) async throws {
        let row = Self.rows[row]
        let options = EngineOptions.test {
            $0.path = row.path
            $0.addTrailingSlash = row.addsSlash
        }
        try await withEngineServer(options) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            for path in row.answered {
                #expect(try await http.get(path).text == #"{"code":0,"message":"Transport unknown"}"#)
                let client = try await EngineTestClient.connect(port: port, .polling, path: path)
                try await client.upgrade()
            }
            for path in row.others {
                #expect(try await http.get(path + "?EIO=4&transport=polling").status == 404)
            }
        }
    }

    // MARK: An HTTP server with other things on it

    private let routes: HTTPRoutes = {
        var routes = HTTPRoutes()
        routes.get("/test") { _ in HTTPResponse(status: 200, contentType: "text/plain", text: "tested") }
        return routes
    }()

    /// Gives `test` the port of one HTTP server that carries two engines.
    private func withTwoEngines(_ test: (Int, EngineServer, EngineServer) async throws -> Void) async throws {
        let http = HTTPServer(loops: 2)
        func engine(_ path: String) -> EngineServer {
            var options = EngineOptions()
            options.path = path
            return EngineServer(options: options, on: http) { session in
                session.onMessage { _ in session.send(path) }
            }
        }
        let engines = (engine("/one"), engine("/two"))
        http.serve(routes)
        let port = try http.listen(host: "127.0.0.1", port: 0).port
        let result: Result<Void, any Error>
        do { result = .success(try await test(port, engines.0, engines.1)) } catch {
            result = .failure(error)
        }
        await engines.0.closeSessions(grace: .zero)
        await engines.1.closeSessions(grace: .zero)
        await http.stop()
        try result.get()
    }

    @Test(arguments: Transport.allCases)
    func `two engines and routes share a server`(transport: Transport) async throws {
        try await withTwoEngines { port, one, two in
            for (path, engine) in [("/one", one), ("/two", two)] {
                let client = try await EngineTestClient.connect(port: port, transport, path: path + "/")
                if transport == .polling { try await client.upgrade() }
                try await client.send("4who are you")
                #expect(try await client.receive() == .text("4" + path))
                #expect(await engine.sessionCount() == 1)
            }
            let answer = try await HTTPTestClient.get(port: port, "/test")
            #expect(answer.text == "tested")
        }
    }

    @Test func `a session of one engine is unknown to the other`() async throws {
        try await withTwoEngines { port, _, _ in
            let client = try await EngineTestClient.connect(port: port, .polling, path: "/one/")
            let target = client.target().replacing("/one/", with: "/two/")
            let answer = try await HTTPTestClient.get(port: port, target)
            #expect(answer.text == #"{"code":1,"message":"Session ID unknown"}"#)
        }
    }

    @Test func `the sessions of one may be closed while the other goes on`() async throws {
        try await withTwoEngines { port, one, two in
            let first = try await EngineTestClient.connect(port: port, path: "/one/")
            let second = try await EngineTestClient.connect(port: port, path: "/two/")
            await one.closeSessions(grace: .seconds(5))
            #expect(try await first.end() == [])
            try await second.send("4who are you")
            #expect(try await second.receive() == "4/two")
            #expect(await two.sessionCount() == 1)
            let answer = try await HTTPTestClient.get(port: port, "/test")
            #expect(answer.text == "tested")
        }
    }

    // MARK: Upgrades that are not the engine's

    @Test(arguments: ["websocket", "IRC/6.9", "h2c"])
    func `a foreign upgrade of another path is answered and nothing hangs`(name: String) async throws {
        try await withEngineServer(routes: routes) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let fields = ["Connection: Upgrade", "Upgrade: \(name)"]
            #expect(try await http.get("/", fields: fields).status == 404)
            #expect(try await http.get("/test", fields: fields).text == "tested")
        }
    }

    @Test(arguments: ["IRC/6.9", "h2c"])
    func `a client that would like another protocol may poll`(name: String) async throws {
        // Java's HTTP client offers `h2c` with every request.
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(
                port: port, .polling, fields: ["Connection: Upgrade", "Upgrade: \(name)"])
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `an Upgrade field without its Connection option is none`() async throws {
        // RFC 9110 section 7.8: it was meant for the proxy before us.
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(
                port: port, .polling, fields: ["Upgrade: websocket"])
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
            let answer = try await HTTPTestClient.get(
                port: port, Handshake.webSocket, fields: ["Upgrade: websocket"])
            #expect(answer.whole == Handshake.jsonRefusal(3, "Bad request"))
        }
    }
}
