import EngineIO
import Foundation
import SocketIO
import TestSupport
import Testing

/// Rows N5, N6, N10, N11: joining a namespace.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO connect` {
    /// Runs a server with `/` and `/custom`, each of which tells a new socket what it said when it joined.
    private func withServer(
        _ options: SocketOptions = .test(), _ body: (SocketServer, Int) async throws -> Void
    ) async throws {
        try await withSocketServer(
            options,
            setUp: { server in
                server.onConnection { try? $0.emit("auth", $0.authentication) }
                server.of("/custom").onConnection { try? $0.emit("auth", $0.authentication) }
            }, test: body)
    }

    private struct Reply: Codable {
        var sid: String
    }

    @Test(arguments: Transport.allCases, ["", "/custom,"])
    func `the reply holds the socket's id and nothing else`(transport: Transport, prefix: String) async throws
    {
        try await withServer { _, port in
            let client = try await SocketTestClient.open(port: port, transport)
            try await client.send(.text("40" + prefix))
            let packet = try await client.receive().text
            #expect(packet.hasPrefix("40\(prefix){"))
            let reply = try JSONDecoder().decode(
                Reply.self, from: Data(packet.dropFirst(2 + prefix.count).utf8))
            #expect(packet == "40\(prefix){\"sid\":\"\(reply.sid)\"}")
        }
    }

    @Test(arguments: Transport.allCases)
    func `the socket's id has 20 characters and is not the session's`(transport: Transport) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.open(port: port, transport)
            let id = try await client.join()
            #expect(id.wholeMatch(of: /[A-Za-z0-9_-]{20}/) != nil)
            #expect(id != client.engine.sid)
        }
    }

    @Test func `a client has another id in each namespace`() async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.open(port: port)
            let first = try await client.join()
            _ = try await client.receive()
            let second = try await client.join("/custom")
            #expect(first != second)
        }
    }

    @Test(arguments: Transport.allCases, ["", "/custom,"])
    func `without auth the handler sees an empty object`(transport: Transport, prefix: String) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.open(port: port, transport)
            try await client.send(.text("40" + prefix))
            #expect(try await client.receive(2).last == .text("42\(prefix)[\"auth\",{}]"))
        }
    }

    @Test(arguments: Transport.allCases, ["", "/custom,"])
    func `the handler sees the auth as it was sent`(transport: Transport, prefix: String) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.open(port: port, transport)
            let auth = #"{"token":"123","n":1.50,"list":[null,{"ü":true}]}"#
            try await client.send(.text("40" + prefix + auth))
            #expect(try await client.receive(2).last == .text("42\(prefix)[\"auth\",\(auth)]"))
        }
    }

    @Test(arguments: ["40/custom", "40/custom,", "40/,", "40/"])
    func `the comma may be missing where nothing follows`(packet: String) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send(.text(packet))
            let reply = try await client.receive().text
            #expect(reply.hasPrefix(packet.contains("custom") ? #"40/custom,{"sid":""# : #"40{"sid":""#))
        }
    }

    @Test(arguments: Transport.allCases, ["/random", "/Custom", "/custom/", "/custom?a=b", "/cust", "//"])
    func `an unknown namespace is refused`(transport: Transport, name: String) async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.open(port: port, transport)
            try await client.send(.text("40\(name),"))
            #expect(try await client.receive() == .text("44\(name),{\"message\":\"Invalid namespace\"}"))
        }
    }

    @Test func `after a refusal the client may join another namespace`() async throws {
        try await withServer { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40/random,")
            _ = try await client.receive()
            #expect(try await client.join().count == 20)
        }
    }

    @Test func `a namespace may be made while the server runs`() async throws {
        try await withServer { server, port in
            let client = try await SocketTestClient.open(port: port)
            _ = server.of("late")
            #expect(try await client.join("/late").count == 20)
        }
    }

    @Test func `one client may join many namespaces, up to the limit`() async throws {
        try await withServer(.test { $0.maxNamespacesPerClient = 3 }) { server, port in
            for name in ["/a", "/b"] { _ = server.of(name) }
            let client = try await SocketTestClient.open(port: port)
            try await client.join("/a")
            try await client.join("/b")
            try await client.join()
            _ = try await client.receive()
            try await client.send("40/custom,")
            #expect(try await client.receive().text.hasPrefix(#"44/custom,{"message":"#))
        }
    }

    @Test func `the socket is in its namespace before its handler runs`() async throws {
        let seen = Journal<Bool>()
        try await withSocketServer { server in
            server.onConnection { socket in
                seen.append(socket.isConnected && socket.rooms == [socket.id])
                try? server.to(socket.id).emit("hello")
            }
        } test: { _, port in
            let client = try await SocketTestClient.connect(port: port)
            #expect(try await client.receive() == #"42["hello"]"#)
            #expect(seen.all == [true])
        }
    }

    @Test(arguments: Transport.allCases)
    func `the handler sees the request that opened the connection`(transport: Transport) async throws {
        let seen = Journal<String>()
        try await withSocketServer { server in
            server.onConnection { socket in
                seen.append(socket.query("EIO") ?? "none")
                seen.append(socket.header("host") ?? "none")
                seen.append(socket.address)
                seen.append(socket.transport.rawValue)
            }
        } test: { _, port in
            _ = try await SocketTestClient.connect(port: port, transport)
            #expect(seen.all == ["4", "localhost", "127.0.0.1", transport.rawValue])
        }
    }

    // MARK: Too late

    @Test(arguments: Transport.allCases)
    func `a client that joins nothing is closed`(transport: Transport) async throws {
        try await withServer(.test { $0.connectTimeout = .milliseconds(300) }) { _, port in
            let start = ContinuousClock.now
            let client = try await SocketTestClient.open(port: port, transport)
            try await client.end()
            #expect(.now - start >= .milliseconds(300) - tolerance)
        }
    }

    @Test func `a refused client is closed as well`() async throws {
        try await withServer(.test { $0.connectTimeout = .milliseconds(300) }) { _, port in
            let client = try await SocketTestClient.open(port: port)
            try await client.send("40/random,")
            #expect(try await client.end() == [#"44/random,{"message":"Invalid namespace"}"#])
        }
    }

    @Test(arguments: Transport.allCases)
    func `a client that joined is not closed`(transport: Transport) async throws {
        try await withServer(.test { $0.connectTimeout = .milliseconds(300) }) { server, port in
            let idle = try await SocketTestClient.open(port: port)
            let client = try await SocketTestClient.connect(port: port, transport, namespace: "/custom")
            _ = try await client.receive()
            try await idle.end()
            try server.of("/custom").emit("still here")
            #expect(try await client.receive() == #"42/custom,["still here"]"#)
        }
    }
}
