import EngineIO
import EngineNet
import EngineWire
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The end of a server: everybody gets what is due to him within the grace, and nothing is left.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO graceful close` {
    private let closes = Journal<CloseReason>()
    private let held = Journal<Gate>()

    /// Answers when the test says so.
    private var routes: HTTPRoutes {
        let held = held
        var routes = HTTPRoutes()
        routes.get("/slow") { _ in
            let gate = Gate()
            held.append(gate)
            await gate.pass()
            return HTTPResponse(status: 200, contentType: "text/plain", text: "done")
        }
        return routes
    }

    private func withServer(
        _ options: EngineOptions, _ body: (EngineServer, Int) async throws -> Void
    ) async throws {
        let closes = closes
        try await withEngineServer(
            options, routes: routes,
            onConnection: { session in
                session.onClose { closes.append($0) }
                session.onMessage { message in
                    if message == .text("bulk") {
                        for _ in 0..<80 { session.send([UInt8](repeating: 1, count: 65_536)) }
                    } else {
                        session.send(message)
                    }
                }
            }, test: body)
    }

    /// How long a close took.
    private func close(_ server: EngineServer, grace: Duration) async -> Duration {
        let start = ContinuousClock.now
        await server.closeInTest(grace: grace)
        return .now - start
    }

    // MARK: Each kind of client

    @Test(arguments: [1, 2])
    func `sessions of every kind end with forced close, and within the grace if they can`(
        loops: Int
    ) async throws {
        try await withServer(.test(loops: loops)) { server, port in
            let webSocket = try await EngineTestClient.connect(port: port)
            let polling = try await EngineTestClient.connect(port: port, .polling)
            try await polling.startPoll()
            let probing = try await EngineTestClient.connect(port: port, .polling)
            try await probing.startPoll()
            let candidate = try await probing.openCandidate()
            let upgraded = try await EngineTestClient.connect(port: port, .polling)
            try await upgraded.upgrade()
            try await upgraded.send("4x")
            #expect(try await upgraded.receive() == "4x")
            await server.settle()
            #expect(await close(server, grace: .seconds(10)) < .seconds(5))
            #expect(closes.all == [.forcedClose, .forcedClose, .forcedClose, .forcedClose])
            #expect(try await webSocket.end() == [])
            #expect(try await polling.end() == ["1"])
            #expect(try await probing.end() == ["1"])
            #expect(try await candidate.end().allSatisfy { $0.opcode == 0x8 })
            #expect(try await upgraded.end() == [])
        }
    }

    @Test func `a client between two polls gets its last messages`() async throws {
        try await withServer(.test()) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.send("4last")
            await server.settle()
            async let duration = close(server, grace: .seconds(10))
            await waitForClosing(server, port)
            #expect(try await client.end() == ["4last", "1"])
            #expect(await duration < .seconds(5))
            #expect(closes.all == [.forcedClose])
        }
    }

    /// Waits until a close that goes on has come to the loops.
    private func waitForClosing(_ server: EngineServer, _ port: Int) async {
        #expect(await eventually { (try? await HTTPTestClient.connect(port: port)) == nil })
        await server.settle()
    }

    @Test(arguments: Transport.allCases)
    func `one that does not come or read has the grace and no more`(transport: Transport) async throws {
        try await withServer(.test()) { server, port in
            let client = try await EngineTestClient.connect(port: port, transport, receiveBuffer: 32_768)
            try await client.send("4bulk")
            #expect(await eventually { await server.metrics().queuedBytes > 4_000_000 })
            let duration = await close(server, grace: .milliseconds(300))
            #expect(duration >= .milliseconds(300) && duration < .seconds(3))
            #expect(closes.all == [.forcedClose])
            client.close()
        }
    }

    @Test func `one that reads what is queued gets all of it`() async throws {
        try await withServer(.test()) { server, port in
            let client = try await EngineTestClient.connect(port: port, receiveBuffer: 32_768)
            try await client.send("4bulk")
            #expect(await eventually { await server.metrics().queuedBytes > 4_000_000 })
            async let packets = client.end()
            #expect(await close(server, grace: .seconds(10)) < .seconds(8))
            #expect(try await packets.count == 80)
        }
    }

    // MARK: Requests in progress

    @Test func `a request in progress is answered`() async throws {
        try await withServer(.test()) { server, port in
            let (http, idle) = (
                try await HTTPTestClient.connect(port: port), try await HTTPTestClient.connect(port: port)
            )
            try await http.send("GET", "/slow")
            let gate = try #require(await held.waitFor(1).first)
            async let duration = close(server, grace: .seconds(10))
            // Once the sessions have ended, the HTTP server closes as well, with the connections that do nothing.
            _ = try await idle.connection.end()
            await server.settle()
            gate.open()
            let response = try await http.response()
            #expect(response.text == "done")
            #expect(response["Connection"] == "close")
            #expect(await duration < .seconds(8))
        }
    }

    @Test func `a request that is never answered does not hold the close up`() async throws {
        try await withServer(.test()) { server, port in
            let http = try await HTTPTestClient.connect(port: port)
            try await http.send("GET", "/slow")
            let gate = try #require(await held.waitFor(1).first)
            let duration = await close(server, grace: .milliseconds(200))
            #expect(duration < .seconds(3))
            #expect(try await http.connection.end() == [])
            gate.open()
        }
    }

    @Test func `idle connections and half requests do not hold the close up`() async throws {
        try await withServer(.test(loops: 2)) { server, port in
            var connections: [TCPTestClient] = []
            for part in ["", "GET /slow HT", "POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"]
            {
                let connection = try await TCPTestClient.connect(port: port)
                try await connection.send(part)
                connections.append(connection)
            }
            await server.settle()
            #expect(await close(server, grace: .milliseconds(500)) < .seconds(4))
            for connection in connections { _ = try await connection.end() }
        }
    }

    @Test(arguments: Transport.allCases)
    func `a handshake that waits for the application is refused`(transport: Transport) async throws {
        let held = held
        var options = EngineOptions.test()
        options.allowRequest = { _ in
            let gate = Gate()
            held.append(gate)
            await gate.pass()
            return .allow
        }
        try await withServer(options) { server, port in
            let http = try await HTTPTestClient.connect(port: port)
            let fields = transport == .webSocket ? WebSocketTestClient.handshakeFields : []
            try await http.send("GET", "/engine.io/?EIO=4&transport=\(transport.rawValue)", fields: fields)
            let gate = try #require(await held.waitFor(1).first)
            async let duration = close(server, grace: .seconds(10))
            await waitForClosing(server, port)
            gate.open()
            let response = try await http.response()
            #expect(response.status == 503)
            #expect(response.text.contains("Server shutting down"))
            #expect(await duration < .seconds(5))
            #expect(closes.all == [])
        }
    }

    @Test func `handshakes that are never decided do not hold the close up`() async throws {
        let held = held
        var options = EngineOptions.test(loops: 2)
        options.allowRequest = { _ in
            let gate = Gate()
            held.append(gate)
            await gate.pass()
            return .allow
        }
        try await withServer(options) { server, port in
            var clients: [HTTPTestClient] = []
            for _ in 0..<10 {
                let http = try await HTTPTestClient.connect(port: port)
                try await http.send("GET", "/engine.io/?EIO=4&transport=polling")
                clients.append(http)
            }
            let gates = await held.waitFor(10)
            #expect(await close(server, grace: .milliseconds(200)) < .seconds(3))
            for http in clients { #expect(try await http.connection.end() == []) }
            for gate in gates { gate.open() }
        }
    }

    // MARK: What is left

    @Test func `closed sessions leave no timers`() async throws {
        try await withServer(.test(loops: 2)) { server, port in
            var clients: [EngineTestClient] = []
            for _ in 0..<6 {
                clients.append(try await EngineTestClient.connect(port: port))
                clients.append(try await EngineTestClient.connect(port: port, .polling))
                try await clients.last?.startPoll()
                let upgrading = try await EngineTestClient.connect(port: port, .polling)
                _ = try await upgrading.openCandidate()
                clients.append(upgrading)
            }
            await server.closeSessions(grace: .milliseconds(50))
            #expect(closes.count == 18)
            for client in clients { client.close() }
            clients = []
            #expect(await eventually { await server.http.metrics().connections == 0 })
            #expect(await server.armedTimers() == 0)
        }
    }

    #if os(Linux)
        @Test(arguments: [1, 2])
        func `a closed server leaves no sockets`(loops: Int) async throws {
            try await withServer(.test(loops: loops)) { server, port in
                var clients: [EngineTestClient] = []
                for _ in 0..<10 {
                    for transport in Transport.allCases {
                        clients.append(try await EngineTestClient.connect(port: port, transport))
                    }
                }
                #expect(Self.sockets(of: port) >= 20 + loops)
                await server.closeInTest(grace: .milliseconds(100))
                #expect(Self.sockets(of: port) == 0)
            }
        }

        /// Sockets of this process whose own port this is.
        private static func sockets(of port: Int) -> Int {
            let hex = String(port, radix: 16, uppercase: true)
            let suffix = ":" + String(repeating: "0", count: 4 - hex.count) + hex
            guard let file = unsafe fopen("/proc/self/net/tcp", "r") else { return -1 }
            defer { unsafe _ = fclose(file) }
            var (text, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
            while case let count = unsafe fread(&buffer, 1, buffer.count, file), count > 0 {
                text += buffer[..<count]
            }
            return String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst().count { line in
                let columns = line.split(separator: " ")
                // Without an inode nobody holds it any more.
                return columns.count > 9 && columns[1].hasSuffix(suffix) && columns[9] != "0"
            }
        }
    #endif

    @Test func `a closed server is let go`() async throws {
        weak var (server, http, worker) = (EngineServer?.none, HTTPServer?.none, EngineWorker?.none)
        do {
            let made = EngineServer(options: .test(loops: 2)) { session in
                session.onMessage { session.send($0) }
            }
            let port = try made.listen(host: "127.0.0.1", port: 0).port
            var clients: [EngineTestClient] = []
            for transport in Transport.allCases {
                let client = try await EngineTestClient.connect(port: port, transport)
                try await client.send("4hello")
                #expect(try await client.receive() == "4hello")
                clients.append(client)
            }
            (server, http, worker) = (made, made.http, await made.gather { $0 }.first)
            await made.close(grace: .milliseconds(50))
        }
        #expect(await eventually(within: .seconds(5)) { server == nil && http == nil && worker == nil })
    }
}

extension EngineServer {
    /// Timers armed on all loops.
    func armedTimers() async -> Int { await gather { $0.loop.armedTimers }.reduce(0, +) }
}
