import EngineIO
import SocketIO
import Synchronization
import TestSupport
import Testing

/// Principle "encode once": what a broadcast costs does not depend on how many get it.
@Suite(.timeLimit(.minutes(5))) struct `Socket.IO fan-out` {
    /// A value that counts how often it is encoded. That is what can be seen from outside; that the packet's
    /// bytes are shared as well is the library's own affair.
    private struct Counted: Encodable, Sendable {
        let encodings: Journal<Int>

        func encode(to encoder: any Encoder) throws {
            encodings.append(1)
            var container = encoder.singleValueContainer()
            try container.encode(7)
        }
    }

    @Test(arguments: [1, 2])
    func `a broadcast to a thousand receivers is encoded once and reaches all`(loops: Int) async throws {
        try await withSocketServer(.test(loops: loops)) { server, port in
            var clients: [SocketTestClient] = []
            for number in 0..<1_000 {
                // Some over polling: one encoding serves both transports.
                clients.append(
                    try await SocketTestClient.connect(port: port, number % 50 == 0 ? .polling : .webSocket))
            }
            #expect(await server.root.socketCount() == 1_000)
            let encodings = Journal<Int>()
            try server.emit("tick", Counted(encodings: encodings))
            for client in clients {
                let packet = try await client.receive()
                #expect(packet == #"42["tick",7]"#)
            }
            #expect(encodings.count == 1)
        }
    }
}
