import EngineIO
import TestSupport
import Testing

/// Rows H3, H4, H6, H7: what a refused request gets.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO refusals` {
    /// A request that is refused, and the code and message that it gets.
    struct Refusal: Sendable, CustomTestStringConvertible {
        var method = "GET"
        var query: String
        var code: Int
        var message: String

        var testDescription: String { "\(method) ?\(query)" }
    }

    private static let unknownID = "AAAAAAAAAAAAAAAAAAAA"

    static let plain = [
        Refusal(query: "EIO=4", code: 0, message: "Transport unknown"),
        Refusal(query: "EIO=4&transport=foo", code: 0, message: "Transport unknown"),
        Refusal(query: "EIO=4&transport=Polling", code: 0, message: "Transport unknown"),
        Refusal(query: "EIO=4&transport=toString", code: 0, message: "Transport unknown"),
        Refusal(query: "EIO=4&transport=polling&sid=abc", code: 1, message: "Session ID unknown"),
        Refusal(query: "EIO=4&transport=polling&sid=\(unknownID)", code: 1, message: "Session ID unknown"),
        Refusal(
            method: "POST", query: "EIO=4&transport=polling&sid=\(unknownID)", code: 1,
            message: "Session ID unknown"),
        Refusal(method: "POST", query: "EIO=4&transport=polling", code: 2, message: "Bad handshake method"),
        Refusal(method: "PUT", query: "EIO=4&transport=polling", code: 2, message: "Bad handshake method"),
        Refusal(
            method: "OPTIONS", query: "EIO=4&transport=polling", code: 2, message: "Bad handshake method"),
        Refusal(query: "EIO=4&transport=websocket", code: 3, message: "Bad request"),
        Refusal(query: "transport=polling", code: 5, message: "Unsupported protocol version"),
        Refusal(query: "EIO=3&transport=polling", code: 5, message: "Unsupported protocol version"),
        Refusal(query: "EIO=abc&transport=polling", code: 5, message: "Unsupported protocol version"),
    ]

    @Test(arguments: plain)
    func `a plain request gets its code and message as JSON`(refusal: Refusal) async throws {
        try await withEngineServer { _, port in
            let response = try await HTTPTestClient.request(
                port: port, refusal.method, "/engine.io/?\(refusal.query)")
            #expect(response.statusLine == "HTTP/1.1 400 Bad Request")
            #expect(response["Content-Type"] == "application/json")
            #expect(response["Connection"] == "keep-alive")
            #expect(response.text == #"{"code":\#(refusal.code),"message":"\#(refusal.message)"}"#)
        }
    }

    /// When several things are wrong, the first in this order is told: transport, session, method, upgrade,
    /// protocol version.
    @Test(arguments: [
        Refusal(method: "POST", query: "EIO=3&transport=foo&sid=abc", code: 0, message: "Transport unknown"),
        Refusal(
            method: "PUT", query: "EIO=3&transport=polling&sid=abc", code: 1, message: "Session ID unknown"),
        Refusal(method: "POST", query: "EIO=3&transport=websocket", code: 2, message: "Bad handshake method"),
        Refusal(query: "EIO=3&transport=websocket", code: 3, message: "Bad request"),
    ])
    func `the checks have Node's order`(refusal: Refusal) async throws {
        try await withEngineServer { _, port in
            let response = try await HTTPTestClient.request(
                port: port, refusal.method, "/engine.io/?\(refusal.query)")
            #expect(response.text == #"{"code":\#(refusal.code),"message":"\#(refusal.message)"}"#)
        }
    }

    @Test func `a transport that is switched off is unknown`() async throws {
        try await withEngineServer(.test { $0.transports = [.webSocket] }) { _, port in
            let response = try await HTTPTestClient.get(port: port, "/engine.io/?EIO=4&transport=polling")
            #expect(response.text == #"{"code":0,"message":"Transport unknown"}"#)
        }
    }

    @Test func `a session's request must name the session's transport`() async throws {
        try await withEngineServer { _, port in
            let client = try await EngineTestClient.connect(port: port, .webSocket)
            let response = try await HTTPTestClient.get(port: port, client.target(.polling))
            #expect(response.text == #"{"code":3,"message":"Bad request"}"#)
            try await client.send("4still here")
            #expect(try await client.receive() == "4still here")
        }
    }

    @Test func `a connection goes on after a refusal`() async throws {
        try await withEngineServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            #expect(try await http.get("/engine.io/?EIO=4&transport=foo").status == 400)
            #expect(try await http.get("/engine.io/?EIO=4&transport=polling").status == 200)
        }
    }

    // MARK: Upgrades

    static let upgrades = [
        Refusal(query: "EIO=4", code: 0, message: "Transport unknown"),
        Refusal(query: "EIO=4&transport=foo", code: 0, message: "Transport unknown"),
        Refusal(query: "EIO=4&transport=websocket&sid=abc", code: 1, message: "Session ID unknown"),
        Refusal(query: "EIO=4&transport=websocket&sid=\(unknownID)", code: 1, message: "Session ID unknown"),
        Refusal(method: "POST", query: "EIO=4&transport=websocket", code: 2, message: "Bad handshake method"),
        Refusal(query: "transport=websocket", code: 5, message: "Unsupported protocol version"),
        Refusal(query: "EIO=abc&transport=websocket", code: 5, message: "Unsupported protocol version"),
    ]

    @Test(arguments: upgrades)
    func `a WebSocket's request gets the bare message and the connection's end`(refusal: Refusal) async throws
    {
        try await withEngineServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send(
                refusal.method, "/engine.io/?\(refusal.query)", fields: WebSocketTestClient.handshakeFields)
            let answer = String(decoding: try await http.connection.end(), as: UTF8.self)
            #expect(
                answer == "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\n"
                    + "Content-Length: \(refusal.message.utf8.count)\r\n\r\n\(refusal.message)")
        }
    }

    @Test(arguments: [
        ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"],
        [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: short",
        ],
        [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8",
            "Sec-WebSocket-Key: \(WebSocketTestClient.key)",
        ],
    ])
    func `a broken WebSocket handshake is a bad request`(fields: [String]) async throws {
        try await withEngineServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send("GET", "/engine.io/?EIO=4&transport=websocket", fields: fields)
            let answer = String(decoding: try await http.connection.end(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(answer.hasSuffix("\r\n\r\nBad request"))
        }
    }

    @Test(arguments: upgrades)
    func `after a refused upgrade the server serves others`(refusal: Refusal) async throws {
        try await withEngineServer { _, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send(
                refusal.method, "/engine.io/?\(refusal.query)", fields: WebSocketTestClient.handshakeFields)
            try await expectEngineWorks(port: port)
        }
    }

    @Test func `where upgrades are switched off a session cannot be upgraded`() async throws {
        try await withEngineServer(.test { $0.allowUpgrades = false }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            await #expect(throws: WebSocketTestClient.Refused.self) { try await client.openCandidate() }
            try await client.send("4still here")
            #expect(try await client.receive() == "4still here")
        }
    }
}
