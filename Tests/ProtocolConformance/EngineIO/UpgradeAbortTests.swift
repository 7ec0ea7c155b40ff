import EngineIO
import TestSupport
import Testing

/// CVE-2022-41940 and its like: a connection that is cut off in the middle of an upgrade ends nothing else.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO upgrade that is cut off` {
    enum Cut: CaseIterable {
        case end
        case reset

        func perform(on connection: TCPTestClient) {
            switch self {
            case .end: connection.close()
            case .reset: connection.reset()
            }
        }
    }

    /// Checks that a polling session still carries messages.
    private func expectUsable(_ client: EngineTestClient, _ message: String) async throws {
        try await client.send(.text("4" + message))
        let answer = try await client.receive()
        #expect(answer == .text("4" + message))
    }

    @Test(arguments: Cut.allCases, [1, 2])
    func `at every byte of the request the session goes on`(cut: Cut, loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { _, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let request = HTTPTestClient.bytes(
                "GET", client.target(.webSocket), fields: WebSocketTestClient.handshakeFields)
            for count in 0...request.count {
                let connection = try await TCPTestClient.connect(port: port)
                try await connection.send(Array(request[..<count]))
                cut.perform(on: connection)
                if count % 8 == 0 || count == request.count { try await expectUsable(client, "\(count)") }
            }
            try await expectUsable(client, "after all")
        }
    }

    @Test(arguments: Cut.allCases, [1, 2])
    func `at every byte of the frames the session goes on`(cut: Cut, loops: Int) async throws {
        try await withEngineServer(.test(loops: loops)) { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let frames =
                WebSocketTestFrame.text("2probe").bytes + WebSocketTestFrame.text("5").bytes.dropLast()
            for count in 0...frames.count {
                let candidate = try await client.openCandidate()
                try await candidate.connection.send(Array(frames[..<count]))
                cut.perform(on: candidate.connection)
                try await expectUsable(client, "\(count)")
                await server.settle()
            }
        }
    }

    @Test(arguments: Cut.allCases)
    func `afterwards the session can be upgraded`(cut: Cut) async throws {
        try await withEngineServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            let candidate = try await client.openCandidate()
            try await candidate.send("2probe")
            cut.perform(on: candidate.connection)
            await server.settle()
            try await client.upgrade()
            try await expectUsable(client, "over the WebSocket")
        }
    }

    @Test(arguments: Cut.allCases)
    func `with a poll pending the poll stays pending`(cut: Cut) async throws {
        try await withEngineServer { server, port in
            let client = try await EngineTestClient.connect(port: port, .polling)
            try await client.startPoll()
            let candidate = try await client.openCandidate()
            cut.perform(on: candidate.connection)
            await server.settle()
            try await expectUsable(client, "through the same poll")
        }
    }
}
