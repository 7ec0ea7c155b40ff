import EngineIO
import TestSupport
import Testing

/// Rows E15 and E20: pages of other origins, as Node's `cors` answers them.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO CORS` {
    private static let page = "http://engine.io"

    private static let named = CORSPolicy(
        origins: .matching { _ in true }, credentials: true, allowedHeaders: ["my-header"])

    private func options(_ policy: CORSPolicy?) -> EngineOptions {
        .test {
            $0.cors = policy
            $0.maxPayload = 100
        }
    }

    // MARK: Preflights

    struct Preflight: Sendable {
        var policy: CORSPolicy
        var fields: [String]
        var answer: [String]
    }

    static let preflights = [
        Preflight(
            policy: named, fields: ["Origin: \(page)"],
            answer: [
                "Access-Control-Allow-Origin: http://engine.io", "Vary: Origin",
                "Access-Control-Allow-Credentials: true",
                "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE",
                "Access-Control-Allow-Headers: my-header", "Content-Length: 0", "Connection: keep-alive",
            ]),
        Preflight(
            policy: CORSPolicy(), fields: ["Origin: \(page)", "Access-Control-Request-Headers: x-a, x-b"],
            answer: [
                "Access-Control-Allow-Origin: *",
                "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE",
                "Vary: Access-Control-Request-Headers", "Access-Control-Allow-Headers: x-a, x-b",
                "Content-Length: 0", "Connection: keep-alive",
            ]),
        Preflight(
            policy: CORSPolicy(origins: .list(["http://good-domain.com"])),
            fields: ["Origin: http://bad.com"],
            answer: [
                "Vary: Origin, Access-Control-Request-Headers",
                "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE", "Content-Length: 0",
                "Connection: keep-alive",
            ]),
        Preflight(
            policy: CORSPolicy(
                origins: .list(["http://good-domain.com"]), credentials: true,
                methods: ["GET", "PUT", "POST"], allowedHeaders: ["my-header"],
                exposedHeaders: ["my-exposed-header"], maxAge: .seconds(123)),
            fields: ["Origin: http://good-domain.com"],
            answer: [
                "Access-Control-Allow-Origin: http://good-domain.com", "Vary: Origin",
                "Access-Control-Allow-Credentials: true", "Access-Control-Allow-Methods: GET,PUT,POST",
                "Access-Control-Allow-Headers: my-header", "Access-Control-Max-Age: 123",
                "Access-Control-Expose-Headers: my-exposed-header", "Content-Length: 0",
                "Connection: keep-alive",
            ]),
    ]

    @Test(arguments: preflights.indices)
    func `a preflight is answered with 204 and nothing else`(row: Int) async throws {
        let row = Self.preflights[row]
        try await withEngineServer(options(row.policy)) { _, port in
            let answer = try await HTTPTestClient.request(
                port: port, "OPTIONS", Handshake.polling, fields: row.fields)
            #expect(answer.statusLine == "HTTP/1.1 204 No Content")
            #expect(answer.lines.sorted() == row.answer.sorted())
            #expect(answer.body == [])
        }
    }

    @Test func `the connection goes on behind a preflight, and its session works`() async throws {
        try await withEngineServer(options(Self.named)) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let client = try await EngineTestClient.connect(port: port, .polling)
            for _ in 0..<2 {
                let preflight = try await http.request(
                    "OPTIONS", client.target(), fields: ["Origin: \(Self.page)"])
                #expect(preflight.status == 204)
                let posted = try await http.request("POST", client.target(), body: Array("4hello".utf8))
                #expect(posted.text == "ok")
                #expect(try await client.receive() == "4hello")
            }
        }
    }

    @Test func `without a policy OPTIONS is a bad method and no field is added`() async throws {
        try await withEngineServer { _, port in
            let answer = try await HTTPTestClient.request(
                port: port, "OPTIONS", Handshake.polling, fields: ["Origin: \(Self.page)"])
            #expect(answer.whole == Handshake.jsonRefusal(2, "Bad handshake method"))
        }
    }

    // MARK: Actual requests

    private static let allowed = [
        "Access-Control-Allow-Origin: http://engine.io", "Vary: Origin",
        "Access-Control-Allow-Credentials: true",
    ]

    /// The CORS fields of an answer, in their order.
    private func fields(of answer: HTTPTestResponse) -> [String] {
        answer.lines.filter { $0.hasPrefix("Access-Control-") || $0.hasPrefix("Vary") }
    }

    @Test func `a handshake, a POST and a poll carry the origin and the credentials`() async throws {
        try await withEngineServer(options(Self.named)) { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            let origin = ["Origin: \(Self.page)"]
            #expect(fields(of: try await http.get(Handshake.polling, fields: origin)) == Self.allowed)
            let client = try await EngineTestClient.connect(port: port, .polling, fields: origin)
            let posted = try await http.request(
                "POST", client.target(), fields: origin, body: Array("4hello".utf8))
            #expect(fields(of: posted) == Self.allowed)
            #expect(fields(of: try await client.poll()) == Self.allowed)
        }
    }

    @Test(arguments: [
        ("GET", "EIO=4&transport=foo"), ("GET", "EIO=4&transport=polling&sid=abc"),
        ("POST", "EIO=4&transport=polling"), ("GET", "EIO=4&transport=websocket"),
        ("GET", "EIO=3&transport=polling"),
    ])
    func `a refusal carries them, so that the page can read it`(method: String, query: String) async throws {
        try await withEngineServer(options(Self.named)) { _, port in
            let answer = try await HTTPTestClient.request(
                port: port, method, "/engine.io/?" + query, fields: ["Origin: \(Self.page)"])
            #expect(answer.status == 400)
            #expect(fields(of: answer) == Self.allowed)
        }
    }

    @Test func `a body that is too large and other bad requests of a session carry them`() async throws {
        try await withEngineServer(options(Self.named)) { _, port in
            let client = try await EngineTestClient.connect(
                port: port, .polling, fields: ["Origin: \(Self.page)"])
            for (method, size, status) in [("POST", 101, 413), ("PUT", 0, 500), ("POST", 0, 400)] {
                let answer = try await HTTPTestClient.request(
                    port: port, method, client.target(), fields: ["Origin: \(Self.page)"],
                    body: [UInt8](repeating: 0x34, count: size))
                #expect(answer.status == status)
                #expect(fields(of: answer) == Self.allowed)
            }
        }
    }

    @Test func `an origin that is not allowed gets its answer without permission to read it`() async throws {
        let policy = CORSPolicy(origins: .list(["http://good-domain.com"]))
        try await withEngineServer(options(policy)) { _, port in
            let answer = try await HTTPTestClient.get(
                port: port, Handshake.polling, fields: ["Origin: \(Self.page)"])
            #expect(answer.status == 200)
            #expect(fields(of: answer) == ["Vary: Origin"])
        }
    }

    @Test func `every origin without credentials is one star and nothing varies`() async throws {
        try await withEngineServer(options(CORSPolicy())) { _, port in
            let answer = try await HTTPTestClient.get(
                port: port, Handshake.polling, fields: ["Origin: \(Self.page)"])
            #expect(fields(of: answer) == ["Access-Control-Allow-Origin: *"])
        }
    }

    // MARK: WebSockets

    /// Whether a policy lets the WebSocket of a page in.
    struct Origin: Sendable {
        var fields: [String]
        var isAllowed: Bool
    }

    static let origins = [
        Origin(fields: [], isAllowed: true),
        Origin(fields: ["Origin: http://good-domain.com"], isAllowed: true),
        // The host that is asked: `Host: localhost`.
        Origin(fields: ["Origin: http://localhost"], isAllowed: true),
        Origin(fields: ["Origin: https://LOCALHOST"], isAllowed: true),
        Origin(fields: ["Origin: http://bad-domain.com"], isAllowed: false),
        Origin(fields: ["Origin: http://good-domain.com.evil.com"], isAllowed: false),
        Origin(fields: ["Origin: http://localhost:81"], isAllowed: false),
        Origin(fields: ["Origin: null"], isAllowed: false),
        Origin(fields: ["Origin: localhost"], isAllowed: false),
        Origin(
            fields: ["Origin: http://good-domain.com", "Origin: http://bad-domain.com"], isAllowed: false),
    ]

    private static let list = CORSPolicy(origins: .list(["http://good-domain.com"]))

    @Test(arguments: origins.indices)
    func `a WebSocket of another origin is refused`(row: Int) async throws {
        let row = Self.origins[row]
        try await withEngineServer(options(Self.list)) { _, port in
            guard row.isAllowed else {
                let answer = try await Handshake.refusedUpgrade(port: port, fields: row.fields)
                #expect(answer == Handshake.refusal("Origin not allowed", status: "403 Forbidden"))
                return
            }
            let client = try await EngineTestClient.connect(port: port, fields: row.fields)
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `so is the upgrade of a session, which goes on over polling`() async throws {
        try await withEngineServer(options(Self.list)) { _, port in
            let client = try await EngineTestClient.connect(
                port: port, .polling, fields: ["Origin: http://bad-domain.com"])
            await #expect(throws: WebSocketTestClient.Refused.self) { try await client.openCandidate() }
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `without a policy any origin may open a WebSocket, as on Node`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(
                port: port, fields: ["Origin: http://bad-domain.com"])
            try await client.send("4hello")
            #expect(try await client.receive() == "4hello")
        }
    }

    @Test func `an origin with control characters is no request`() async throws {
        try await withEngineServer { _, port in
            let answer = try await HTTPTestClient.lastAnswer(
                port: port, "GET", Handshake.polling, fields: ["Origin: a\u{1}"])
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\n"))
        }
    }
}
