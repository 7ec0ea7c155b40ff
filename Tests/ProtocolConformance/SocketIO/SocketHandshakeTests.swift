import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Row N11: what a socket knows of how its client came in.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO handshake` {
    /// The handshake of a client that connects with these query items and fields.
    private func handshake(
        _ transport: Transport = .webSocket, query: String = "", fields: [String] = [],
        packet: TestMessage = "40", options: SocketOptions = .test(), namespace: String = "/"
    ) async throws -> SocketIO.Handshake {
        let seen = Journal<SocketIO.Handshake>()
        try await withSocketServer(options) { server in
            server.of(namespace).onConnection { seen.append($0.handshake) }
        } test: { _, port in
            let client = try await EngineTestClient.connect(
                port: port, transport, path: "/socket.io/", query: query, fields: fields)
            try await client.send(packet)
            _ = await seen.waitFor(1)
        }
        return try #require(seen.all.first)
    }

    @Test(arguments: Transport.allCases)
    func `has the request's fields, in any case`(transport: Transport) async throws {
        let handshake = try await handshake(transport, fields: ["X-Custom: one", "User-Agent: test"])
        #expect(handshake.request.field("x-custom") == "one")
        #expect(handshake.request.field("USER-AGENT") == "test")
        #expect(handshake.request.field("x-none") == nil)
    }

    @Test(arguments: Transport.allCases)
    func `has the request's query, decoded`(transport: Transport) async throws {
        let handshake = try await handshake(transport, query: "&token=a%20b%26c&empty=")
        #expect(handshake.request.queryValue("token") == "a b&c")
        #expect(handshake.request.queryValue("empty") == "")
        #expect(handshake.request.queryValue("transport") == transport.rawValue)
        #expect(handshake.request.queryValue("none") == nil)
    }

    @Test func `has the request's target`() async throws {
        let handshake = try await handshake(query: "&a=%20")
        #expect(handshake.url == "/socket.io/?EIO=4&transport=websocket&a=%20")
    }

    @Test func `has the client's address`() async throws {
        let handshake = try await handshake(fields: ["X-Forwarded-For: 203.0.113.7"])
        #expect(handshake.address == "127.0.0.1", "no proxy is trusted")
    }

    @Test(arguments: [([], false), (["Origin: https://example.com"], true)])
    func `knows whether a page made the request`(fields: [String], isCrossDomain: Bool) async throws {
        #expect(try await handshake(fields: fields).isCrossDomain == isCrossDomain)
    }

    @Test func `is not secure without TLS`() async throws {
        let handshake = try await handshake(fields: ["X-Forwarded-Proto: https"])
        #expect(!handshake.isSecure)
    }

    @Test(arguments: Transport.allCases)
    func `is secure with TLS`(transport: Transport) async throws {
        let files = try TestTLSFiles()
        let tls = try TLSContext(TLSConfiguration(certificateChain: files.chain, privateKey: files.key))
        let seen = Journal<Bool>()
        try await withSocketServer(tls: tls) { server in
            server.onConnection { socket in
                seen.append(socket.handshake.isSecure)
                seen.append(HandshakeRecord(socket.handshake).secure)
            }
        } test: { _, port in
            try await TLSTestSettings.$current.withValue(TLSTestSettings()) {
                _ = try await SocketTestClient.connect(port: port, transport)
            }
            #expect(seen.all == [true, true])
        }
    }

    @Test func `has the time, as a number and in words`() async throws {
        let before = Int(Date().timeIntervalSince1970 * 1_000)
        let handshake = try await handshake()
        let after = Int(Date().timeIntervalSince1970 * 1_000)
        // The loop's clock stands still while it works.
        #expect((before - 100...after).contains(handshake.issued))
        let words =
            /[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT\+0000 \(Coordinated Universal Time\)/
        #expect(handshake.time.wholeMatch(of: words) != nil)
    }

    @Test func `has the auth object, as a value and as a type`() async throws {
        struct Login: Decodable, Equatable { var token: String }
        let handshake = try await handshake(packet: #"40{"token":"abc","n":[1]}"#)
        #expect(handshake.auth == ["token": "abc", "n": [1]])
        #expect(try handshake.auth(as: Login.self) == Login(token: "abc"))
    }

    @Test func `has an empty auth object if there was none`() async throws {
        struct Login: Decodable { var token: String? }
        let handshake = try await handshake()
        #expect(handshake.auth == [:])
        #expect(try handshake.auth(as: Login.self).token == nil)
        struct Strict: Decodable { var token: String }
        #expect(throws: DecodingError.self) { try handshake.auth(as: Strict.self) }
    }

    @Test func `of another namespace has its own auth object, and the same request`() async throws {
        let handshake = try await handshake(
            query: "&a=1", packet: #"40/custom,{"token":"mine"}"#, namespace: "/custom")
        #expect(handshake.auth == ["token": "mine"])
        #expect(handshake.request.queryValue("a") == "1")
    }

    @Test func `stays as it was when the client upgrades`() async throws {
        try await withMembers(1, .polling) { _, members in
            let (socket, client) = (members[0].socket, members[0].client)
            try await client.engine.upgrade()
            #expect(await eventually { socket.transport == .webSocket })
            #expect(socket.handshake.request.queryValue("transport") == "polling")
        }
    }

    @Test func `is there in a middleware`() async throws {
        let seen = Journal<String>()
        try await withSocketServer { server in
            server.use { socket in
                let token = socket.handshake.auth["token"]?.stringValue ?? "none"
                seen.append("\(token) \(socket.address) \(socket.query("EIO") ?? "none")")
            }
        } test: { _, port in
            _ = try await SocketTestClient.connect(port: port, auth: #"{"token":"t"}"#)
            #expect(seen.all == ["t 127.0.0.1 4"])
        }
    }

    /// What `fetchSockets` gives, and servers tell each other: the names are Node's.
    @Test func `is written down as in Node`() async throws {
        let handshake = try await handshake(
            query: "&a=1&a=2", fields: ["X-A: 1", "x-a: 2"], packet: #"40{"t":1}"#)
        let record = HandshakeRecord(handshake)
        #expect(record.headers["x-a"] == "1, 2")
        #expect(record.query["a"] == "1")
        #expect(record.time == handshake.time)
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(record)) as? [String: Any]
        let names = ["address", "auth", "headers", "issued", "query", "secure", "time", "url", "xdomain"]
        #expect(json?.keys.sorted() == names)
    }
}
