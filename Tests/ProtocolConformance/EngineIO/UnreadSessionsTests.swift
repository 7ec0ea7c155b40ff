import EngineIO
import TestSupport
import Testing

/// A server whose sessions nobody reads.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO sessions that nobody reads` {
    @Test func `are as many as there may be, also when some ended meanwhile`() async throws {
        let options = EngineOptions.test { $0.admission.sessions = 2 }
        try await withSequenceServer(options) { server, port in
            for _ in 0..<2 {
                let client = try await EngineTestClient.connect(port: port)
                try await client.send("1")
                _ = try await client.end()
            }
            #expect(await eventually { await server.sessionCount() == 0 })
            // There is room for a session, but not for one more that waits.
            let client = try await EngineTestClient.connect(port: port)
            #expect(try await client.end() == [])
            #expect(await eventually { await server.sessionCount() == 0 })
        }
    }
}
