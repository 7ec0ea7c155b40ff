import EngineIO
import TestSupport
import Testing

/// Rows S6 and H13: header fields that the application, or an old browser, needs.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO header fields` {
    /// Runs a server whose hooks add a field and note the requests that they are called for.
    private func withServer(
        _ options: EngineOptions = .test(), initial: Journal<String> = Journal(),
        all: Journal<String> = Journal(), _ body: (EngineServer, Int) async throws -> Void
    ) async throws {
        @Sendable func name(_ request: HTTPRequest) -> String {
            request.field("upgrade") == nil ? request.method.name : "101"
        }
        try await withPreparedServer(options) {
            $0.onInitialHeaders { fields, request in
                initial.append(name(request))
                fields.append("test", "123")
                fields.append("Set-Cookie", "mycookie=456")
            }
            $0.onHeaders { fields, request in
                all.append(name(request))
                fields.append("every", "1")
            }
        } test: {
            try await body($0, $1)
        }
    }

    @Test func `the first answer over polling has those of both hooks, beside the cookie`() async throws {
        let options = EngineOptions.test { $0.cookie = SessionCookie() }
        try await withServer(options) { _, port in
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            let sid = try #require(answer.text.split(separator: "\"").dropFirst(3).first)
            #expect(
                answer.lines == [
                    "Content-Type: text/plain; charset=UTF-8", "cache-control: no-store",
                    "Set-Cookie: io=\(sid); Path=/; HttpOnly; SameSite=Lax", "test: 123",
                    "Set-Cookie: mycookie=456", "every: 1", "Content-Length: \(answer.body.count)",
                    "Connection: keep-alive",
                ])
        }
    }

    @Test func `so has the answer that opens a WebSocket, without the cookie`() async throws {
        let options = EngineOptions.test { $0.cookie = SessionCookie() }
        try await withServer(options) { _, port in
            let client = try await WebSocketTestClient.connect(port: port, Handshake.webSocket)
            #expect(
                client.response.lines == [
                    "Upgrade: websocket", "Connection: Upgrade",
                    "Sec-WebSocket-Accept: \(WebSocketTestClient.accept)", "test: 123",
                    "Set-Cookie: mycookie=456", "every: 1",
                ])
        }
    }

    @Test func `later answers have those of one hook only`() async throws {
        try await withServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let answers = [
                try await client.post("4hello"), try await client.poll(),
                try await client.openCandidate().response,
            ]
            for answer in answers {
                #expect(answer["every"] == "1")
                #expect(answer["test"] == nil)
            }
        }
    }

    @Test func `the hooks are called once for an answer`() async throws {
        let (initial, all) = (Journal<String>(), Journal<String>())
        try await withServer(initial: initial, all: all) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            _ = try await client.post("4hello")
            _ = try await client.poll()
            try await client.upgrade()
            #expect(initial.all == ["GET"])
            #expect(all.all == ["GET", "POST", "GET", "101"])
        }
    }

    @Test func `over a WebSocket they are called once for a session`() async throws {
        let (initial, all) = (Journal<String>(), Journal<String>())
        try await withServer(initial: initial, all: all) { _, port in
            let client = try await EngineTestClient.connect(port: port)
            try await client.send("4hello")
            _ = try await client.receive()
            #expect(initial.all == ["101"])
            #expect(all.all == ["101"])
        }
    }

    @Test func `a poll that waits has them when it is answered`() async throws {
        let all = Journal<String>()
        try await withServer(all: all) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            await server.settle()
            #expect(all.all == ["GET"])
            _ = try await client.post("4hello")
            #expect(try await client.poll()["every"] == "1")
        }
    }

    @Test func `refusals and bad requests are none of their answers, as on Node`() async throws {
        let (initial, all) = (Journal<String>(), Journal<String>())
        try await withServer(.test { $0.maxPayload = 10 }, initial: initial, all: all) { server, port in
            for query in ["EIO=4&transport=foo", "EIO=3&transport=polling"] {
                _ = try await HTTPTestClient.get(port: port, "/engine.io/?" + query)
            }
            #expect(initial.all + all.all == [])
            let client = try await EngineTestClient.connect(port: port, .polling)
            for (method, size, status) in [("POST", 11, 413), ("PUT", 0, 500)] {
                let answer = try await HTTPTestClient.request(
                    port: port, method, client.target(), body: [UInt8](repeating: 0x34, count: size))
                #expect(answer.status == status)
                #expect(answer["every"] == nil)
            }
            try await client.startPoll()
            await server.settle()
            #expect(try await HTTPTestClient.get(port: port, client.target())["every"] == nil)
            #expect(try await client.poll()["every"] == "1")
            #expect(all.all == ["GET", "GET"])
        }
    }

    // MARK: X-XSS-Protection

    private static let old = [
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)", "Mozilla/4.0 (;MSIE 7.0)",
        "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
    ]
    private static let others = [
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "curl/8.0", "trident/7.0", "Trident",
    ]

    @Test(arguments: old.map { ($0, "0" as String?) } + others.map { ($0, nil) })
    func `Internet Explorer is told not to look for scripts in answers`(agent: String, expected: String?)
        async throws
    {
        try await withEngineServer { _, port in
            let fields = ["User-Agent: \(agent)"]
            let opening = try await HTTPTestClient.get(port: port, Handshake.polling, fields: fields)
            #expect(opening["X-XSS-Protection"] == expected)
            let client = try await EngineTestClient.connect(port: port, .polling, fields: fields)
            let post = try await HTTPTestClient.request(
                port: port, "POST", client.target(), fields: fields, body: Array("4hello".utf8))
            #expect(post["X-XSS-Protection"] == expected)
            #expect(try await client.poll()["X-XSS-Protection"] == expected)
        }
    }

    @Test func `the field stands where Node has it`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(
                port: port, .polling, fields: ["User-Agent: Trident/7.0"])
            _ = try await client.post("4hello")
            #expect(
                try await client.poll().lines == [
                    "Content-Type: text/plain; charset=UTF-8", "X-XSS-Protection: 0",
                    "cache-control: no-store", "Content-Length: 6", "Connection: keep-alive",
                ])
        }
    }
}
