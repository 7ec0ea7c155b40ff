import TestSupport
import Testing

/// The packet that keeps a client out of a namespace.
func namespaceRefusal(_ name: String, _ message: String = "Invalid namespace") -> TestMessage {
    .text("44\(name),{\"message\":\"\(message)\"}")
}

/// Connects to a namespace, and checks whether that succeeds.
func expectJoin(
    _ name: String, auth: String = "", port: Int, succeeds: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let client = try await SocketTestClient.open(port: port)
    do {
        try await client.join(name, auth: auth)
        #expect(succeeds, sourceLocation: sourceLocation)
    } catch let error as SocketTestClient.NotConnected {
        #expect(!succeeds, sourceLocation: sourceLocation)
        #expect(error.packet == namespaceRefusal(name), sourceLocation: sourceLocation)
    }
}
