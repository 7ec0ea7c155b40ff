import EngineIO
import EngineNet
import EngineWire
import TestSupport
import Testing

/// Clients that begin something and do not go on: the server gives up on each in its time, at the engine's own path.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO clients that stop` {
    private let closes = Journal<CloseReason>()

    private func withServer(
        _ options: EngineOptions = .test(), tls: TLSContext? = nil,
        routes: HTTPRoutes = HTTPRoutes(), test: (EngineServer, Int) async throws -> Void
    ) async throws {
        let closes = closes
        try await withEngineServer(
            options, routes: routes, tls: tls,
            onConnection: { session in
                session.onMessage { session.send($0) }
                session.onClose { closes.append($0) }
            }, test: test)
    }

    private func expectNothingLeft(_ server: EngineServer) async {
        #expect(await eventually { await server.metrics().http.connections == 0 })
        #expect(await server.sessionCount() == 0)
    }

    // MARK: TLS

    @Test(
        arguments: [[], [0x16], Array("GET / HTTP/1.1\r\n".utf8).dropLast(16) + [0x16, 3, 1, 2, 0, 1]]
            as [[UInt8]])
    func `a TLS handshake that never comes to its end is cut off silently`(bytes: [UInt8]) async throws {
        let files = try TestTLSFiles()
        let tls = try TLSContext(TLSConfiguration(certificateChain: files.chain, privateKey: files.key))
        try await withServer(.test { $0.http.headTimeout = .milliseconds(200) }, tls: tls) { server, port in
            let start = ContinuousClock.now
            let connection = try await TCPTestClient.connect(port: port)
            try await connection.send(bytes)
            #expect(try await connection.end() == [])
            #expect(.now - start >= .milliseconds(200) - tolerance && .now - start < .seconds(5))
            connection.close()
            await expectNothingLeft(server)
        }
    }

    @Test func `a TLS handshake that trickles has no more time`() async throws {
        let files = try TestTLSFiles()
        let tls = try TLSContext(TLSConfiguration(certificateChain: files.chain, privateKey: files.key))
        try await withServer(.test { $0.http.headTimeout = .milliseconds(250) }, tls: tls) { server, port in
            let layer = try TLSTestLayer()
            try layer.handshake()
            let hello = layer.takeOutput()
            let connection = try await TCPTestClient.connect(port: port)
            let start = ContinuousClock.now
            async let end = connection.end()
            for byte in hello.prefix(200) {
                guard (try? await connection.send([byte])) != nil else { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            _ = try await end
            #expect(.now - start < .seconds(6))
            connection.close()
            await expectNothingLeft(server)
        }
    }

    @Test func `a client that keeps silent behind its TLS handshake is cut off, too`() async throws {
        let files = try TestTLSFiles()
        let tls = try TLSContext(TLSConfiguration(certificateChain: files.chain, privateKey: files.key))
        try await withServer(.test { $0.http.headTimeout = .seconds(2) }, tls: tls) { server, port in
            let connection = try await TCPTestClient.connect(port: port)
            try await connection.startTLS()
            #expect(try await connection.end() == [])
            connection.close()
            await expectNothingLeft(server)
        }
    }

    // MARK: POSTs

    @Test(arguments: ["Content-Length: 50", "Transfer-Encoding: chunked"])
    func `a POST whose body stops gets 408, and its session ends`(field: String) async throws {
        try await withServer(.test { $0.http.bodyTimeout = .milliseconds(200) }) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send("POST \(client.target()) HTTP/1.1\r\nHost: h\r\n\(field)\r\n\r\n1")
            #expect(try await http.response().status == 408)
            #expect(await closes.waitFor(1) == [.transportError])
            #expect(await server.metrics().http.requestsRefused == [408: 1])
        }
    }

    @Test func `while the application decides about a session its client's body is not read`() async throws {
        let gate = Gate()
        let options = EngineOptions.test {
            $0.http.bodyTimeout = .milliseconds(200)
            $0.allowRequest = { _ in
                await gate.pass()
                return .allow
            }
        }
        try await withServer(options) { server, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send(
                "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n"
            )
            try? await http.connection.send([UInt8](repeating: 1, count: 800_000))
            #expect(try await http.response().status == 408)
            gate.open()
            http.close()
            await expectNothingLeft(server)
        }
    }

    // MARK: Answers that are not read

    @Test func `a client that never reads its answer is let go`() async throws {
        var routes = HTTPRoutes()
        routes.get("/long") { _ in HTTPResponse(status: 200, body: [UInt8](repeating: 1, count: 8_000_000)) }
        try await withServer(.test { $0.http.keepAliveTimeout = .milliseconds(150) }, routes: routes) {
            server, port in
            var clients: [TCPTestClient] = []
            for close in [false, true] {
                let connection = try await TCPTestClient.connect(port: port, receiveBuffer: 32_768)
                let fields = close ? ["Connection: close"] : []
                try await connection.send(HTTPTestClient.bytes("GET", "/long", fields: fields))
                clients.append(connection)
            }
            await expectNothingLeft(server)
            for connection in clients { connection.close() }
        }
    }

    @Test func `a poll's answer that is never read is freed with its session`() async throws {
        let options = EngineOptions.test {
            $0.http.keepAliveTimeout = .milliseconds(150)
            ($0.pingInterval, $0.pingTimeout) = (.milliseconds(150), .milliseconds(150))
            $0.maxPayload = 8_000_000
        }
        try await withServer(options) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let connection = try await TCPTestClient.connect(port: port, receiveBuffer: 32_768)
            try await connection.send(HTTPTestClient.bytes("GET", client.target()))
            await server.settle()
            _ = try await client.post("4" + String(repeating: "x", count: 7_000_000))
            #expect(await closes.waitFor(1) == [.pingTimeout])
            await expectNothingLeft(server)
            connection.close()
        }
    }

    // MARK: Closes that are not answered

    @Test func `a peer that does not answer a close is waited for two seconds at most`() async throws {
        try await withServer { server, port in
            let polling = try await HTTPTestClient.connect(port: port)
            _ = try await polling.request("GET", "/engine.io/", fields: ["Connection: close"])
            let webSocket = try await EngineTestClient.connect(port: port)
            try await webSocket.send("1")
            _ = await closes.waitFor(1)
            let start = ContinuousClock.now
            // It may even go on to send.
            try? await polling.connection.send([UInt8](repeating: 1, count: 100_000))
            await expectNothingLeft(server)
            #expect(.now - start < .seconds(6))
            polling.close()
            webSocket.close()
        }
    }

    // MARK: Fragments and heads

    @Test(arguments: [(10, true), (11, false)])
    func `a message may have so many fragments, empty ones counted`(count: Int, isTaken: Bool) async throws {
        try await withServer(.test { $0.maxFragments = 10 }) { _, port in
            let client = try await EngineTestClient.connect(port: port)
            let webSocket = try #require(client.webSocket)
            try await webSocket.send(frames: .text("4a", isFinal: false))
            for _ in 0..<count - 2 { try await webSocket.send(frames: .continuation([], isFinal: false)) }
            try await webSocket.send(frames: .continuation(Array("b".utf8)))
            if isTaken {
                #expect(try await client.receive() == "4ab")
            } else {
                #expect(await closes.waitFor(1) == [.transportError])
            }
        }
    }

    @Test(arguments: [(false, 98), (true, 98), (false, 99), (true, 99)])
    func `a head may have so many fields, for a WebSocket as well`(isWebSocket: Bool, more: Int) async throws
    {
        try await withServer { server, port in
            let own = isWebSocket ? WebSocketTestClient.handshakeFields : []
            let fields = own + Array(repeating: "X-A: b", count: more + 1 - own.count)
            let http = try await HTTPTestClient.connect(port: port)
            let transport = isWebSocket ? "websocket" : "polling"
            try await http.send("GET", "/engine.io/?EIO=4&transport=\(transport)", fields: fields)
            let response = try await http.response(hasBody: !isWebSocket)
            #expect(response.status == (more == 99 ? 431 : isWebSocket ? 101 : 200))
            #expect(await server.metrics().http.requestsRefused == (more == 99 ? [431: 1] : [:]))
        }
    }

    @Test(arguments: [(16_384, 200), (16_385, 431)])
    func `a head may have so many bytes`(size: Int, status: Int) async throws {
        try await withServer { _, port in
            let start = "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\nX-A: "
            let filler = String(repeating: "x", count: size - start.utf8.count - 4)
            let http = try await HTTPTestClient.connect(port: port)
            try await http.connection.send(start + filler + "\r\n\r\n")
            #expect(try await http.response().status == status)
        }
    }

    // MARK: Bodies

    /// Characters of three bytes each: what counts is bytes.
    @Test(arguments: [false, true], [(333, "ok"), (334, "")])
    func `a POST may have maxPayload bytes`(isChunked: Bool, row: (count: Int, answer: String)) async throws {
        try await withServer(.test { $0.maxPayload = 1_000 }) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let body = Array(("4" + String(repeating: "\u{20AC}", count: row.count)).utf8)
            let http = try await HTTPTestClient.connect(port: port)
            if isChunked {
                let head = "POST \(client.target()) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                let chunks = [body.prefix(400), body.dropFirst(400)].flatMap { chunk in
                    Array((String(chunk.count, radix: 16) + "\r\n").utf8) + chunk + Array("\r\n".utf8)
                }
                try await http.connection.send(Array(head.utf8) + chunks + Array("0\r\n\r\n".utf8))
            } else {
                try await http.send("POST", client.target(), body: body)
            }
            let response = try await http.response()
            if row.answer == "ok" { #expect(response.text == "ok") } else { #expect(response.status == 413) }
            try await client.send("4still there")
            let packets = try await client.receive(row.answer == "ok" ? 2 : 1)
            #expect(packets.last == "4still there")
            #expect(closes.all == [])
        }
    }
}
