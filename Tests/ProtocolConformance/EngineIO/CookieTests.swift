import EngineIO
import TestSupport
import Testing

/// Row E14: the cookie for load balancers.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO cookie` {
    /// A configured cookie, and what stands in `Set-Cookie`.
    struct Row: Sendable, CustomTestStringConvertible {
        var cookie: SessionCookie
        var field: String

        init(_ field: String, _ makeCookie: () throws -> SessionCookie) {
            do { cookie = try makeCookie() } catch {
                Issue.record(error)
                cookie = SessionCookie()
            }
            self.field = field
        }

        var testDescription: String { field }
    }

    static let rows = [
        Row("io=SID; Path=/; HttpOnly; SameSite=Lax") { SessionCookie() },
        Row("woot=SID; Path=/; HttpOnly; SameSite=Lax") { try SessionCookie(name: "woot") },
        Row("io=SID; Path=/custom; HttpOnly; SameSite=Lax") { try SessionCookie(path: "/custom") },
        Row("io=SID; HttpOnly; SameSite=Lax") { try SessionCookie(path: nil) },
        Row("io=SID; Path=/; HttpOnly; SameSite=Strict") { try SessionCookie(sameSite: .strict) },
        Row("io=SID; Path=/; SameSite=Lax") { try SessionCookie(httpOnly: false) },
        Row("io=SID; Path=/; HttpOnly") { try SessionCookie(sameSite: nil) },
        Row("io=SID; Path=/; HttpOnly; Secure; SameSite=None") {
            try SessionCookie(secure: true, sameSite: SessionCookie.SameSite.none)
        },
        Row("io=SID; Max-Age=600; Domain=example.org; Path=/; HttpOnly; SameSite=Lax") {
            try SessionCookie(maxAge: .seconds(600), domain: "example.org")
        },
        Row(
            "io=SID; Path=/; Expires=Wed, 21 Oct 2015 07:28:00 GMT; HttpOnly; Secure; Partitioned; Priority=High; SameSite=Lax"
        ) {
            try SessionCookie(
                expires: 1_445_412_480, secure: true, partitioned: true, priority: .high)
        },
    ]

    @Test(arguments: rows)
    func `a polling handshake sets it`(row: Row) async throws {
        try await withEngineServer(.test { $0.cookie = row.cookie }) { _, port in
            let answer = try await HTTPTestClient.get(port: port, Handshake.polling)
            let sid = try #require(answer.text.split(separator: "\"").dropFirst(3).first)
            #expect(
                answer.lines == [
                    "Content-Type: text/plain; charset=UTF-8", "cache-control: no-store",
                    "Set-Cookie: " + row.field.replacing("SID", with: sid),
                    "Content-Length: \(answer.body.count)", "Connection: keep-alive",
                ])
        }
    }

    @Test(arguments: Transport.allCases)
    func `none is set unless it is configured`(transport: Transport) async throws {
        try await withEngineServer { _, port in
            let fields = transport == .polling ? [] : WebSocketTestClient.handshakeFields
            let http = try await HTTPTestClient.connect(port: port)
            let answer = try await http.request("GET", Handshake.target(transport), fields: fields)
            #expect(answer["Set-Cookie"] == nil)
        }
    }

    @Test func `later requests do not set it`() async throws {
        try await withEngineServer(.test { $0.cookie = SessionCookie() }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(try await client.post("4hello")["Set-Cookie"] == nil)
            #expect(try await client.poll()["Set-Cookie"] == nil)
            #expect(try await client.openCandidate().response["Set-Cookie"] == nil)
        }
    }

    @Test func `a refused handshake does not set it`() async throws {
        try await withEngineServer(.test { $0.cookie = SessionCookie() }) { _, port in
            let answer = try await HTTPTestClient.get(port: port, "/engine.io/?EIO=3&transport=polling")
            #expect(answer["Set-Cookie"] == nil)
        }
    }

    @Test(arguments: [false, true])
    func `a WebSocket's handshake sets it where it is wanted`(isSet: Bool) async throws {
        var cookie = SessionCookie()
        cookie.isSetOnWebSockets = isSet
        let options = EngineOptions.test { $0.cookie = cookie }
        try await withEngineServer(options) { _, port in
            let client = try await WebSocketTestClient.connect(port: port, Handshake.webSocket)
            let sid = try #require(try await client.receive().text.split(separator: "\"").dropFirst(3).first)
            let field = "io=\(sid); Path=/; HttpOnly; SameSite=Lax"
            #expect(client.response["Set-Cookie"] == (isSet ? field : nil))
        }
    }

    @Test func `a client that brings a cookie does not choose its session`() async throws {
        // CVE-class of other servers: session fixation through the balancer's cookie.
        try await withEngineServer(.test { $0.cookie = SessionCookie() }) { _, port in
            let first = try await EngineTestClient.connect(port: port, .polling)
            let second = try await EngineTestClient.connect(
                port: port, .polling, fields: ["Cookie: io=\(first.sid)"])
            #expect(first.sid != second.sid)
        }
    }
}
