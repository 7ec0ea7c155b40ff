import EngineIO
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A handler that blocks its loop is a bug of the application; clients must not pay for it.
@Suite(.timeLimit(.minutes(5))) struct `Engine.IO after a stall` {
    @Test(arguments: Transport.allCases)
    func `a pong that waited while the loop was blocked still counts`(transport: Transport) async throws {
        var options = EngineOptions.test(loops: 1)
        options.pingInterval = .milliseconds(50)
        options.pingTimeout = .milliseconds(1_000)
        let stalls = Journal<String>()
        try await withEngineServer(options) { session in
            session.onMessage { _ in
                stalls.append("begun")
                usleep(1_500_000)
            }
        } test: { _, port in
            let client = try await EngineTestClient.connect(port: port, transport)
            let blocker = try await EngineTestClient.connect(port: port, .webSocket)
            #expect(try await client.receive() == "2")
            try await blocker.send("4block")
            _ = await stalls.waitFor(1)
            async let pong: Void = client.send("3")
            _ = try await pong
            #expect(try await client.receive() == "2")
        }
    }
}
