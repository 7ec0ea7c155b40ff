import EngineIO
import TestSupport
import Testing

/// Lines of the scopes that Node's `DEBUG` has.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO debug log` {
    /// Plays one session of each kind, with a refusal and an end.
    private func play(port: Int) async throws {
        _ = try await HTTPTestClient.get(port: port, "/engine.io/?EIO=4&transport=foo")
        let client = try await EngineTestClient.connect(port: port, .polling)
        try await client.send("4secret message")
        _ = try await client.receive()
        try await client.upgrade()
        try await client.send("4secret message")
        _ = try await client.receive()
        try await client.send("1")
        _ = try await client.end()
    }

    /// The lines that patterns let through.
    private func lines(_ patterns: String, play: (Int) async throws -> Void) async throws -> [String] {
        let lines = Journal<String>()
        let options = EngineOptions.test {
            $0.pingInterval = .seconds(25)
            $0.debug = DebugLog(patterns: patterns) { scope, text in lines.append("\(scope) \(text)") }
        }
        try await withEngineServer(options) { server, port in
            try await play(port)
            #expect(await eventually { await server.sessionCount() == 0 })
        }
        return lines.all
    }

    @Test(arguments: ["engine", "engine:socket", "engine:polling", "engine:ws"])
    func `each scope has lines of its own and no others`(scope: String) async throws {
        let lines = try await lines(scope) { try await play(port: $0) }
        #expect(!lines.isEmpty)
        #expect(lines.allSatisfy { $0.hasPrefix(scope + " ") })
    }

    @Test func `nothing is written unless it is asked for`() async throws {
        #expect(try await lines("") { try await play(port: $0) } == [])
        #expect(try await lines("socket.io*,-engine*") { try await play(port: $0) } == [])
    }

    @Test func `what happens to a session can be followed`() async throws {
        let lines = try await lines("engine,engine:socket,engine:polling,engine:ws") { port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post("4hello")
            try await client.upgrade()
            try await client.send("1")
            _ = try await client.end()
        }
        #expect(
            lines.map { $0.replacing(/[\w-]{8}…/, with: "sid") } == [
                "engine handling GET request", "engine handshake of sid over polling",
                "engine:polling sid writing 118 bytes", "engine handling POST request",
                "engine new request of sid", "engine:polling sid post of 6 bytes",
                "engine:socket sid received packet message", "engine handling GET upgrade",
                "engine new request of sid", "engine:socket sid might upgrade from polling to websocket",
                "engine:ws sid received text of 6 bytes", "engine:socket sid received packet ping",
                "engine:socket sid got probe ping packet, sending pong",
                "engine:ws sid received text of 1 bytes", "engine:socket sid received packet upgrade",
                "engine:socket sid got upgrade packet - upgrading", "engine:ws sid received text of 1 bytes",
                "engine:socket sid received packet close", "engine:socket sid closed: transport close",
                "engine:ws sid closed", "engine closing all open clients",
            ])
    }

    @Test func `messages and whole ids never stand in it`() async throws {
        let ids = Journal<String>()
        let lines = try await lines("engine*") { port in
            try await play(port: port)
            let client = try await EngineTestClient.connect(port: port, .polling)
            ids.append(client.sid)
            try await client.send("1")
        }
        let sid = try #require(ids.all.first)
        #expect(lines.allSatisfy { !$0.contains("secret") && !$0.contains(sid) })
    }

    @Test func `the heartbeat can be followed`() async throws {
        let lines = Journal<String>()
        let options = EngineOptions.test {
            $0.pingInterval = .milliseconds(20)
            $0.debug = DebugLog(patterns: "engine:socket") { lines.append($1) }
        }
        try await withEngineServer(options) { _, port in
            let client = try await EngineTestClient.connect(port: port)
            #expect(try await client.receive() == "2")
            try await client.send("3")
            #expect(await eventually { lines.all.contains { $0.contains("got pong") } })
            #expect(lines.all.contains { $0.contains("writing ping packet - expecting pong within 20000ms") })
        }
    }
}
