import EngineIO
import Synchronization
import TestSupport
import Testing

/// Row E19: closures that run before every request of the engine, upgrades included.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO middlewares` {
    private struct Failure: Error {}

    /// Adds middlewares that note their names, in this order.
    private func use(_ names: [String], on server: EngineServer, _ calls: Journal<String>) {
        for name in names {
            server.use { _, fields in
                await Task.detached {}.value
                calls.append(name)
                fields.append("x-\(name)", name)
                return nil
            }
        }
    }

    /// Opens a session and gives the answer to its first request.
    private func handshake(_ transport: Transport, port: Int) async throws -> HTTPTestResponse {
        switch transport {
        case .polling: try await HTTPTestClient.get(port: port, Handshake.polling)
        case .webSocket:
            try await WebSocketTestClient.connect(port: port, Handshake.webSocket).response
        }
    }

    // MARK: Fields and order

    @Test(arguments: Transport.allCases)
    func `they run in their order and add fields to the answer`(transport: Transport) async throws {
        let calls = Journal<String>()
        try await withPreparedServer {
            use(["a", "b", "c"], on: $0, calls)
        } test: { _, port in
            let answer = try await handshake(transport, port: port)
            #expect(answer.lines.filter { $0.hasPrefix("x-") } == ["x-a: a", "x-b: b", "x-c: c"])
            #expect(calls.all == ["a", "b", "c"])
        }
    }

    @Test func `what one sets another may change`() async throws {
        try await withPreparedServer {
            $0.use { _, fields in
                fields["x-one"] = "1"
                fields["x-two"] = "2"
                return nil
            }
            $0.use { _, fields in
                fields["x-one"] = (fields["X-One"] ?? "") + "!"
                fields["x-two"] = nil
                return nil
            }
        } test: { _, port in
            let answer = try await handshake(.polling, port: port)
            #expect(answer.lines.filter { $0.hasPrefix("x-") } == ["x-one: 1!"])
        }
    }

    @Test func `they run for each request of a session, and for its upgrade`() async throws {
        let calls = Journal<String>()
        try await withPreparedServer {
            $0.use { request, _ in
                calls.append(request.method.name + (request.field("upgrade").map { " " + $0 } ?? ""))
                return nil
            }
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
            try await client.upgrade()
            #expect(calls.all == ["GET", "POST", "GET", "GET websocket"])
        }
    }

    @Test func `refusals have their fields, too`() async throws {
        try await withPreparedServer {
            use(["a"], on: $0, Journal())
        } test: { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let answer = try await http.get("/engine.io/?EIO=4&transport=foo")
            #expect(answer.status == 400)
            #expect(answer["x-a"] == "a")
        }
    }

    // MARK: Middlewares that end a request

    /// A server that is not ready, whatever is asked.
    private func useUnavailable(on server: EngineServer) {
        server.use { _, fields in
            fields.append("x-why", "maintenance")
            return HTTPResponse(status: 503, contentType: "text/plain", text: "come back later")
        }
        server.use { _, _ in
            Issue.record("a middleware ran behind the answer")
            return nil
        }
    }

    @Test func `their answer is the answer over polling`() async throws {
        try await withPreparedServer {
            useUnavailable(on: $0)
        } test: { server, port in
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            #expect(
                answer.whole == """
                    HTTP/1.1 503 Service Unavailable
                    Content-Type: text/plain
                    x-why: maintenance
                    Content-Length: 15
                    Connection: keep-alive

                    come back later
                    """)
            #expect(await server.sessionCount() == 0)
        }
    }

    @Test func `it is the answer to a WebSocket, whose connection ends`() async throws {
        try await withPreparedServer {
            useUnavailable(on: $0)
        } test: { server, port in
            let answer = try await Handshake.refusedUpgrade(port: port)
            #expect(
                answer == """
                    HTTP/1.1 503 Service Unavailable
                    Content-Type: text/plain
                    x-why: maintenance
                    Content-Length: 15
                    Connection: close

                    come back later
                    """)
            #expect(await server.sessionCount() == 0)
        }
    }

    @Test func `what they throw is a bad request`() async throws {
        try await withPreparedServer {
            $0.use { _, _ in throw Failure() }
        } test: { server, port in
            let polling = try await HTTPTestClient.get(port: port, Handshake.polling)
            #expect(polling.whole == Handshake.jsonRefusal(3, "Bad request"))
            let webSocket = try await Handshake.refusedUpgrade(port: port)
            #expect(webSocket == Handshake.refusal("Bad request"))
            #expect(await server.sessionCount() == 0)
        }
    }

    // MARK: Time

    @Test(arguments: [1, 2])
    func `a POST's body may come while one suspends`(loops: Int) async throws {
        let gate = Gate()
        try await withPreparedServer(.test(loops: loops)) {
            $0.use { request, _ in
                if request.method == .post { await gate.pass() }
                return nil
            }
        } test: { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await HTTPTestClient.connect(port: port)
            let text = "4" + String(repeating: "x", count: 300_000)
            try await http.send("POST", client.target(), body: Array(text.utf8))
            #expect(await eventually { gate.waitingCount == 1 })
            await server.settle()
            gate.open()
            #expect(try await http.response().text == "ok")
            #expect(try await client.receive() == .text(text))
        }
    }

    @Test func `requests behind one that suspends wait and keep their order`() async throws {
        let gate = Gate()
        let calls = Journal<String>()
        try await withPreparedServer {
            $0.use { request, _ in
                if calls.count == 0 {
                    calls.append("first")
                    await gate.pass()
                }
                calls.append(request.queryValue("n") ?? "")
                return nil
            }
        } test: { server, port in
            let http = try await HTTPTestClient.connect(port: port)
            let requests = (0..<3).flatMap { HTTPTestClient.bytes("GET", Handshake.polling + "&n=\($0)") }
            try await http.connection.send(requests)
            #expect(await eventually { gate.waitingCount == 1 })
            await server.settle()
            gate.open()
            for _ in 0..<3 { #expect(try await http.response().status == 200) }
            #expect(calls.all == ["first", "0", "1", "2"])
        }
    }

    @Test func `a body that is too large is refused all the same`() async throws {
        try await withPreparedServer(.test { $0.maxPayload = 100 }) {
            use(["a"], on: $0, Journal())
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let answer = try await client.post([UInt8](repeating: 0x34, count: 101))
            #expect(answer.statusLine == "HTTP/1.1 413 Payload Too Large")
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `one that never ends is given up after handshakeTimeout`() async throws {
        let gate = Gate()
        defer { gate.open() }
        try await withPreparedServer(.test { $0.handshakeTimeout = .milliseconds(30) }) {
            $0.use { _, _ in
                await gate.pass()
                return nil
            }
        } test: { server, port in
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            #expect(answer.status == 503)
            gate.open()
            await server.settle()
            #expect(await server.metrics().handshakes == [:])
        }
    }

    @Test func `together with allowRequest they have handshakeTimeout once`() async throws {
        let gate = Gate()
        defer { gate.open() }
        let asked = Journal<ContinuousClock.Instant>()
        let options = EngineOptions.test {
            $0.handshakeTimeout = .milliseconds(400)
            $0.allowRequest = { _ in
                asked.append(.now)
                await gate.pass()
                return .allow
            }
        }
        try await withPreparedServer(options) {
            $0.use { _, _ in
                try await Task.sleep(for: .milliseconds(200))
                return nil
            }
        } test: { _, port in
            _ = try await HTTPTestClient.get(port: port, Handshake.polling)
            // It had what the middleware left.
            let start = try #require(asked.all.first)
            #expect(.now - start < .milliseconds(390))
        }
    }

    @Test func `a client that leaves meanwhile opens no session`() async throws {
        let gate = Gate()
        try await withPreparedServer {
            $0.use { _, _ in
                await gate.pass()
                return nil
            }
        } test: { server, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send("GET", Handshake.polling)
            #expect(await eventually { gate.waitingCount == 1 })
            http.close()
            #expect(await eventually { await server.metrics().http.connections == 0 })
            gate.open()
            await server.settle()
            #expect(await server.metrics().handshakes == [:])
        }
    }

    @Test func `a poll whose client leaves meanwhile does not stand in the way of the next`() async throws {
        let gate = Gate()
        try await withPreparedServer {
            $0.use { request, _ in
                if request.field("x-slow") != nil { await gate.pass() }
                return nil
            }
        } test: { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send("GET", client.target(), fields: ["X-Slow: 1"])
            #expect(await eventually { gate.waitingCount == 1 })
            http.close()
            #expect(await eventually { await server.metrics().http.connections == 1 })
            gate.open()
            await server.settle()
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }
}
