import EngineIO
import TestSupport
import Testing

/// Rows E7 and H7: the application decides who may open a session.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO allowRequest` {
    /// When the application answers.
    enum Pace: CaseIterable {
        case atOnce
        case later

        func wait() async { if self == .later { await Task.detached {}.value } }
    }

    /// What the application says, and what a client gets.
    struct Refusal: Sendable {
        var admission: Admission
        var status: String
        var message: String
        /// The status of the answer to a WebSocket's request.
        var upgradeStatus = "400 Bad Request"
    }

    private func options(
        _ admission: Admission, _ pace: Pace = .atOnce, loops: Int = 1, asked: Journal<String> = Journal()
    ) -> EngineOptions {
        .test(loops: loops) {
            $0.allowRequest = { request in
                asked.append(request.target)
                await pace.wait()
                return admission
            }
        }
    }

    // MARK: The answer

    static let refusals = [
        Refusal(admission: .refuse(), status: "403 Forbidden", message: "Forbidden"),
        Refusal(
            admission: .refuse("Thou shall not pass"), status: "403 Forbidden", message: "Thou shall not pass"
        ),
        Refusal(
            admission: .refuse("who are you", status: 401), status: "401 Unauthorized",
            message: "who are you", upgradeStatus: "401 Unauthorized"),
        Refusal(admission: .refuse("zu spät"), status: "403 Forbidden", message: "zu spät"),
    ]

    @Test(arguments: refusals, Pace.allCases)
    func `a polling client that is refused gets the message as JSON`(refusal: Refusal, pace: Pace)
        async throws
    {
        try await withEngineServer(options(refusal.admission, pace)) { _, port in
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            #expect(answer.whole == Handshake.jsonRefusal(4, refusal.message, status: refusal.status))
        }
    }

    @Test(arguments: refusals, Pace.allCases)
    func `a WebSocket that is refused gets the bare message`(refusal: Refusal, pace: Pace) async throws {
        try await withEngineServer(options(refusal.admission, pace)) { _, port in
            let answer = try await Handshake.refusedUpgrade(port: port)
            #expect(answer == Handshake.refusal(refusal.message, status: refusal.upgradeStatus))
        }
    }

    @Test func `a message with quotes and line ends stays one JSON string`() async throws {
        try await withEngineServer(options(.refuse("say \"please\"\r\n\\o/"))) { _, port in
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            #expect(answer.text == #"{"code":4,"message":"say \"please\"\r\n\\o/"}"#)
        }
    }

    @Test(arguments: Transport.allCases, Pace.allCases)
    func `a client that is allowed gets its session`(transport: Transport, pace: Pace) async throws {
        try await withEngineServer(options(.allow, pace, loops: 2)) { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `the connection of a client that was refused is kept`() async throws {
        try await withEngineServer(options(.refuse(), .later)) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            for _ in 0..<3 { #expect(try await http.get(Handshake.polling).status == 403) }
        }
    }

    // MARK: What is asked, and when

    @Test func `the application sees the query and the header fields`() async throws {
        let options = EngineOptions.test {
            $0.allowRequest = { request in
                let isKnown = request.queryValue("token") == "a b" && request.field("x-key") == "1"
                return isKnown ? .allow : .refuse()
            }
        }
        try await withEngineServer(options) { _, port in
            let target = Handshake.polling + "&token=a%20b"
            let known = try await HTTPTestClient.get(port: port, target, fields: ["X-Key: 1"])
            let unknown = try await HTTPTestClient.get(port: port, target)
            #expect([known.status, unknown.status] == [200, 403])
        }
    }

    @Test(arguments: [
        ("GET", "EIO=4&transport=foo", 0), ("GET", "EIO=4&transport=polling&sid=abc", 1),
        ("POST", "EIO=4&transport=polling", 2), ("GET", "EIO=4&transport=websocket", 3),
    ])
    func `it is not asked about a request that is wrong by itself`(method: String, query: String, code: Int)
        async throws
    {
        let asked = Journal<String>()
        try await withEngineServer(options(.refuse(), asked: asked)) { _, port in
            let answer = try await HTTPTestClient.request(port: port, method, "/engine.io/?" + query)
            #expect(answer.text.hasPrefix(#"{"code":\#(code),"#))
            #expect(asked.all == [])
        }
    }

    @Test(arguments: [(Admission.refuse(), 4), (.allow, 5)])
    func `it is asked before the protocol version is looked at`(admission: Admission, code: Int) async throws
    {
        try await withEngineServer(options(admission)) { _, port in
            let answer = try await HTTPTestClient.get(port: port, "/engine.io/?EIO=3&transport=polling")
            #expect(answer.text.hasPrefix(#"{"code":\#(code),"#))
        }
    }

    @Test func `it is asked once for a session, whatever its requests`() async throws {
        let asked = Journal<String>()
        try await withEngineServer(options(.allow, asked: asked)) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.send("4a")
            _ = try await client.receive()
            try await client.upgrade()
            try await client.send("4b")
            #expect(try await client.receive() == "4b")
            #expect(asked.all == [Handshake.polling])
        }
    }

    // MARK: Without an answer

    /// Runs a server whose application answers when the gate is open.
    private func withGate(
        timeout: Duration = .seconds(20), _ body: (EngineServer, Int, Gate) async throws -> Void
    ) async throws {
        let gate = Gate()
        defer { gate.open() }
        let options = EngineOptions.test {
            $0.handshakeTimeout = timeout
            $0.allowRequest = { _ in
                await gate.pass()
                return .allow
            }
        }
        try await withEngineServer(options) { try await body($0, $1, gate) }
    }

    @Test func `a polling client is refused after handshakeTimeout`() async throws {
        try await withGate(timeout: .milliseconds(50)) { _, port, _ in
            let start = ContinuousClock.now
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            #expect(.now - start >= .milliseconds(50) - tolerance)
            #expect(answer.status == 503)
            #expect(answer.text == #"{"code":4,"message":"Handshake took too long"}"#)
        }
    }

    @Test func `a WebSocket is refused after handshakeTimeout`() async throws {
        try await withGate(timeout: .milliseconds(50)) { _, port, _ in
            let answer = try await Handshake.refusedUpgrade(port: port)
            let status = "503 Service Unavailable"
            #expect(answer == Handshake.refusal("Handshake took too long", status: status))
        }
    }

    @Test(arguments: Transport.allCases)
    func `an answer that comes too late opens no session`(transport: Transport) async throws {
        try await withGate(timeout: .milliseconds(20)) { server, port, gate in
            let fields = transport == .polling ? [] : WebSocketTestClient.handshakeFields
            _ = try await HTTPTestClient.get(port: port, Handshake.target(transport), fields: fields)
            gate.open()
            await server.settle()
            #expect(await server.sessionCount() == 0)
            #expect(await server.metrics().handshakes == [:])
        }
    }

    @Test(arguments: Transport.allCases)
    func `a client that leaves meanwhile opens no session`(transport: Transport) async throws {
        try await withGate { server, port, gate in
            let http = try await HTTPTestClient.connect(port: port)
            let fields = transport == .polling ? [] : WebSocketTestClient.handshakeFields
            try await http.send("GET", Handshake.target(transport), fields: fields)
            #expect(await eventually { gate.waitingCount == 1 })
            http.close()
            #expect(await eventually { await server.metrics().http.connections == 0 })
            gate.open()
            await server.settle()
            #expect(await server.metrics().handshakes == [:])
        }
    }

    @Test func `a server that closes refuses those who wait`() async throws {
        try await withGate { server, port, gate in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send("GET", Handshake.polling)
            #expect(await eventually { gate.waitingCount == 1 })
            await server.closeSessions(grace: .zero)
            gate.open()
            let answer = try await http.response()
            #expect(answer.status == 503)
            #expect(answer.text == #"{"code":4,"message":"Server shutting down"}"#)
        }
    }
}
