import EngineIO
import TestSupport
import Testing

/// What is said besides the reason when a session ends: Node's `close(reason, description)`, here in the debug log.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO ends` {
    /// How a session of a test ends.
    enum End: CaseIterable {
        case secondPoll, lostPoll, secondPost, lostPost, octets, ping, brokenFrame, closePacket, badPacket
        case serverClose

        /// What the log says.
        var line: String {
            switch self {
            case .secondPoll: "closed: transport error, overlap from client"
            case .lostPoll: "closed: transport error, poll connection closed prematurely"
            case .secondPost: "closed: transport error, data request overlap from client"
            case .lostPost: "closed: transport error, data request connection closed prematurely"
            case .octets: "closed: transport error, invalid content"
            case .ping: "closed: transport error, invalid heartbeat direction"
            case .brokenFrame:
                "closed: transport error, a reserved bit that no extension gives a meaning here"
            case .closePacket: "closed: transport close"
            case .badPacket: "closed: parse error"
            case .serverClose: "closed: forced close"
            }
        }
    }

    private func perform(_ end: End, on client: EngineTestClient, _ server: EngineServer) async throws {
        let http = try await HTTPTestClient.connect(port: client.port)
        switch end {
        case .secondPoll, .lostPoll:
            try await client.startPoll()
            await server.settle()
            if end == .lostPoll { client.dropPoll() } else { _ = try await http.get(client.target()) }
        case .secondPost, .lostPost:
            let head = "POST \(client.target()) HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n4"
            try await http.connection.send(head)
            await server.settle()
            if end == .lostPost { http.close() } else { _ = try await client.post("4x") }
        case .octets:
            let fields = ["Content-Type: application/octet-stream"]
            _ = try await http.request("POST", client.target(), fields: fields, body: [1])
        case .ping: _ = try await client.post("2")
        case .brokenFrame:
            try await client.upgrade()
            try await client.webSocket?.connection.send([0xF1, 0x80, 0, 0, 0, 0])
        case .closePacket: _ = try await client.post("1")
        case .badPacket: _ = try await client.post("x")
        case .serverClose: await server.closeSessions(grace: .zero)
        }
    }

    @Test(arguments: End.allCases)
    func `say what happened`(end: End) async throws {
        let lines = Journal<String>()
        let options = EngineOptions.test {
            $0.debug = DebugLog(patterns: "engine:socket") { if $1.contains("closed:") { lines.append($1) } }
        }
        try await withEngineServer(options) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await perform(end, on: client, server)
            let line = try #require(await lines.waitFor(1).first)
            #expect(line.split(separator: "… ").last.map(String.init) == end.line)
        }
    }
}
