import EngineIO
import TestSupport
import Testing

/// Checks that a new client gets on: whatever others did, the server lives.
func expectEngineWorks(port: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for transport in Transport.allCases {
        let client = try await EngineTestClient.connect(port: port, transport)
        try await client.send("4are you there")
        let answer = try await client.receive()
        #expect(answer == "4are you there", sourceLocation: sourceLocation)
    }
}

/// Checks that a new Socket.IO client can join `/`.
func expectSocketsWork(port: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for transport in Transport.allCases {
        let client = try await SocketTestClient.connect(port: port, transport)
        #expect(client.engine.sid.count == 20, sourceLocation: sourceLocation)
    }
}

/// What a timer may be early: the loop counts whole milliseconds.
let tolerance = Duration.milliseconds(5)
