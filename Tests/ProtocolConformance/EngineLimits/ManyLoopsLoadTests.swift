import EngineIO
import TestSupport
import Testing

/// Requests of many sessions over the same connections, on any of three loops, whatever is in flight.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO on several loops under load` {
    private static let options = EngineOptions.test(loops: 3)

    /// Polling sessions on different loops: six of them stand on all three with certainty enough.
    private func clients(_ port: Int, _ count: Int = 6) async throws -> [EngineTestClient] {
        var clients: [EngineTestClient] = []
        for _ in 0..<count { clients.append(try await EngineTestClient.connect(port: port, .polling)) }
        return clients
    }

    private func post(_ client: EngineTestClient, _ text: String, fields: [String] = []) -> [UInt8] {
        HTTPTestClient.bytes("POST", client.target(), fields: fields, body: Array(text.utf8))
    }

    private func poll(_ client: EngineTestClient) -> [UInt8] { HTTPTestClient.bytes("GET", client.target()) }

    @Test func `bodies up to maxPayload that come slowly reach their session from any loop`() async throws {
        try await withEngineServer(Self.options) { _, port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        let client = try await EngineTestClient.connect(port: port, .polling)
                        for round in 0..<2 {
                            let letter = String(UnicodeScalar(UInt8(97 + number)))
                            let text = "4\(round)" + String(repeating: letter, count: 999_998)
                            try await self.sendSlowly(self.post(client, text), port)
                            #expect(try await client.receive() == .text(text))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Sends a request over a connection of its own, cut at random places.
    private func sendSlowly(_ request: [UInt8], _ port: Int) async throws {
        let http = try await HTTPTestClient.connect(port: port)
        let cuts =
            (0..<8).map { _ in Int.random(in: 0...request.count) }
            + (0..<4).map { _ in Int.random(in: 0...200) }
        var start = 0
        for cut in cuts.sorted() + [request.count] {
            try await http.connection.send(Array(request[start..<cut]))
            start = cut
            try await Task.sleep(for: .microseconds(.random(in: 0...2_000)))
        }
        let response = try await http.response()
        #expect(response.text == "ok")
    }

    @Test func `a body in chunks goes with its connection`() async throws {
        try await withEngineServer(Self.options) { server, port in
            for client in try await clients(port) {
                let http = try await HTTPTestClient.connect(port: port)
                try await http.connection.send(
                    "POST \(client.target()) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n4he"
                )
                await server.settle()
                try await http.connection.send("\r\n3\r\nllo\r\n0\r\n\r\n")
                #expect(try await http.response().text == "ok")
                #expect(try await client.receive() == "4hello")
            }
        }
    }

    @Test func `a client that waits for leave to send its body gets it on the right loop`() async throws {
        try await withEngineServer(Self.options) { _, port in
            for client in try await clients(port) {
                let http = try await HTTPTestClient.connect(port: port)
                let request = post(client, "4hello", fields: ["Expect: 100-continue"])
                try await http.connection.send(Array(request.dropLast(6)))
                #expect(try await http.response(hasBody: false).status == 100)
                try await http.connection.send("4hello")
                #expect(try await http.response().text == "ok")
                #expect(try await client.receive() == "4hello")
            }
        }
    }

    @Test func `kept connections alternate between sessions of all loops`() async throws {
        try await withEngineServer(Self.options) { _, port in
            let clients = try await clients(port)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<clients.count {
                    group.addTask {
                        let http = try await HTTPTestClient.connect(port: port)
                        for round in 0..<40 {
                            // Each session has one worker at a time: no two polls or POSTs of it overlap.
                            guard round % clients.count == 0 || worker == 0 else { continue }
                            let client = clients[worker == 0 ? 0 : worker]
                            let posted = try await http.request(
                                "POST", client.target(), body: Array("4\(round)".utf8))
                            #expect(posted.text == "ok")
                            #expect(try await http.get(client.target()).text == "4\(round)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let http = try await HTTPTestClient.connect(port: port)
            for round in 0..<60 {
                let client = clients[round % clients.count]
                let posted = try await http.request("POST", client.target(), body: Array("4\(round)".utf8))
                #expect(posted.text == "ok")
                #expect(try await http.get(client.target()).text == "4\(round)")
            }
        }
    }

    @Test func `requests sent together for sessions of all loops are answered in order`() async throws {
        try await withEngineServer(Self.options) { _, port in
            let clients = try await clients(port)
            let http = try await HTTPTestClient.connect(port: port)
            for round in 0..<10 {
                let size = round % 2 == 0 ? 10 : 20_000
                let texts = clients.indices.map { "4\(round) \($0) " + String(repeating: "x", count: size) }
                try await http.connection.send(
                    zip(clients, texts).flatMap { post($0, $1) + poll($0) })
                for text in texts {
                    #expect(try await http.response().text == "ok")
                    #expect(try await http.response().text == text)
                }
            }
        }
    }

    @Test func `a long answer that is not read yet does not cost the request behind it its connection`()
        async throws
    {
        let onConnection: @Sendable (Session) -> Void = { session in
            session.onMessage { _ in session.send(String(repeating: "x", count: 1_500_000)) }
        }
        try await withEngineServer(Self.options, onConnection: onConnection) { server, port in
            let clients = try await clients(port)
            let connection = try await TCPTestClient.connect(port: port, receiveBuffer: 32_768)
            let http = HTTPTestClient(connection)
            for client in clients { _ = try await client.post("4go") }
            try await connection.send(clients.flatMap(poll))
            await server.settle()
            for _ in clients { #expect(try await http.response().body.count == 1_500_001) }
        }
    }

    @Test func `a poll that waits on another loop is answered there, and lost with its connection`()
        async throws
    {
        let closes = Journal<CloseReason>()
        try await withEngineServer(Self.options) { session in
            session.onMessage { session.send($0) }
            session.onClose { closes.append($0) }
        } test: { server, port in
            let clients = try await clients(port)
            for client in clients {
                let http = try await HTTPTestClient.connect(port: port)
                try await http.send("GET", client.target())
                await server.settle()
                _ = try await client.post("4x")
                #expect(try await http.response().text == "4x")
                try await http.send("GET", client.target())
                await server.settle()
                http.close()
            }
            #expect(await closes.waitFor(6) == Array(repeating: .transportError, count: 6))
        }
    }

    @Test func `upgrades land on any loop, with frames right behind the handshake`() async throws {
        try await withEngineServer(Self.options) { _, port in
            for client in try await clients(port, 12) {
                let frames = WebSocketTestFrame.text("2probe").bytes + WebSocketTestFrame.text("5").bytes
                let webSocket = try await WebSocketTestClient.connect(
                    port: port, client.target(.webSocket),
                    early: frames + WebSocketTestFrame.text("4at once").bytes)
                #expect(try await webSocket.receive() == "3probe")
                #expect(try await webSocket.receive() == "4at once")
            }
        }
    }

    @Test func `an upgrade on a connection that carried other sessions' requests`() async throws {
        try await withEngineServer(Self.options) { _, port in
            let clients = try await clients(port)
            for client in clients {
                let connection = try await TCPTestClient.connect(port: port)
                let http = HTTPTestClient(connection)
                for other in clients where other.webSocket == nil {
                    #expect(
                        try await http.request("POST", other.target(), body: Array("6".utf8)).text == "ok")
                }
                try await http.send(
                    "GET", client.target(.webSocket), fields: WebSocketTestClient.handshakeFields)
                #expect(try await http.response(hasBody: false).status == 101)
                try await connection.send(WebSocketTestFrame.text("2probe").bytes)
                let answer = try await connection.next("an answer") { WebSocketTestFrame.take(from: &$0) }
                #expect(answer.payload == Array("3probe".utf8))
                connection.close()
            }
        }
    }
}
