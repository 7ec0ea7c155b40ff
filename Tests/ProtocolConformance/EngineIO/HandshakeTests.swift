import EngineIO
import Foundation
import TestSupport
import Testing

/// Row H1: the first answer of a session.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO handshake` {
    private static let polling = "/engine.io/?EIO=4&transport=polling"
    private static let webSocket = "/engine.io/?EIO=4&transport=websocket"

    /// The first packet with its id replaced, so that it can be compared whole.
    private func withoutID(_ packet: String) throws -> String {
        let handshake = try JSONDecoder().decode(
            EngineTestClient.Handshake.self, from: Data(packet.dropFirst().utf8))
        return packet.replacing(handshake.sid, with: "SID")
    }

    @Test func `over polling its packet has Node's keys in Node's order`() async throws {
        try await withEngineServer(.test { $0.pingInterval = .seconds(25) }) { _, port in
            let response = try await HTTPTestClient.get(port: port, Self.polling)
            #expect(
                try withoutID(response.text)
                    == #"0{"sid":"SID","upgrades":["websocket"],"pingInterval":25000,"#
                    + #""pingTimeout":20000,"maxPayload":1000000}"#)
        }
    }

    @Test func `over polling it has Node's header fields`() async throws {
        try await withEngineServer { _, port in
            let response = try await HTTPTestClient.get(port: port, Self.polling)
            #expect(response.statusLine == "HTTP/1.1 200 OK")
            #expect(
                response.lines == [
                    "Content-Type: text/plain; charset=UTF-8", "cache-control: no-store",
                    "Content-Length: \(response.body.count)", "Connection: keep-alive",
                ])
        }
    }

    @Test func `over a WebSocket it offers no upgrade`() async throws {
        try await withEngineServer(.test { $0.pingInterval = .seconds(25) }) { _, port in
            let client = try await WebSocketTestClient.connect(port: port, Self.webSocket)
            let packet = try await client.receive()
            #expect(
                try withoutID(packet.text)
                    == #"0{"sid":"SID","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"#
                    + #""maxPayload":1000000}"#)
        }
    }

    @Test func `a WebSocket is opened as RFC 6455 says`() async throws {
        try await withEngineServer { _, port in
            let client = try await WebSocketTestClient.connect(port: port, Self.webSocket)
            #expect(client.response.statusLine == "HTTP/1.1 101 Switching Protocols")
            #expect(client.response["Upgrade"] == "websocket")
            #expect(client.response["Connection"] == "Upgrade")
            #expect(client.response["Sec-WebSocket-Accept"] == WebSocketTestClient.accept)
        }
    }

    @Test(arguments: Transport.allCases)
    func `it tells the server's own times and sizes`(transport: Transport) async throws {
        let options = EngineOptions.test {
            $0.pingInterval = .milliseconds(1_500)
            $0.pingTimeout = .seconds(3)
            $0.maxPayload = 4_096
        }
        try await withEngineServer(options) { _, port in
            let handshake = try await EngineTestClient.connect(port: port, transport).handshake
            #expect(handshake.pingInterval == 1_500)
            #expect(handshake.pingTimeout == 3_000)
            #expect(handshake.maxPayload == 4_096)
        }
    }

    @Test(arguments: Transport.allCases)
    func `ids have 20 characters of URL-safe base64 and never repeat`(transport: Transport) async throws {
        try await withEngineServer(.test(loops: 2)) { _, port in
            var ids: Set<String> = []
            for _ in 0..<50 { ids.insert(try await EngineTestClient.connect(port: port, transport).sid) }
            #expect(ids.count == 50)
            #expect(ids.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9_-]{20}/) != nil })
        }
    }

    @Test func `without upgrades a polling session is offered none`() async throws {
        try await withEngineServer(.test { $0.allowUpgrades = false }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(client.handshake.upgrades == [])
        }
    }

    @Test func `without the WebSocket transport a polling session is offered no upgrade`() async throws {
        try await withEngineServer(.test { $0.transports = [.polling] }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            #expect(client.handshake.upgrades == [])
        }
    }

    @Test func `more query items and other orders of them do not matter`() async throws {
        try await withEngineServer { _, port in
            let response = try await HTTPTestClient.get(
                port: port, "/engine.io/?t=x1&b64=1&transport=polling&%45IO=4&user=a%20b")
            #expect(response.status == 200)
        }
    }

    @Test func `the path may be chosen`() async throws {
        try await withEngineServer(.test { $0.path = "/live/" }) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling, path: "/live/")
            #expect(client.sid.count == 20)
        }
    }

    @Test(arguments: ["/engine.io", "/engine.iox/", "/engine.io/x", "/other/engine.io/", "/ENGINE.IO/"])
    func `another path is not the engine's`(path: String) async throws {
        try await withEngineServer { _, port in
            let response = try await HTTPTestClient.get(port: port, path + "?EIO=4&transport=polling")
            #expect(response.status == 404)
        }
    }
}
