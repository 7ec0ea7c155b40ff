package import EngineIO
import Foundation

/// One Socket.IO client. Packets stand as on the wire, with the engine's `4` in front: `42["chat","hi"]`.
package final class SocketTestClient: Sendable {
    package struct NotConnected: Error {
        package var packet: TestMessage
    }

    package let engine: EngineTestClient

    private init(_ engine: EngineTestClient) { self.engine = engine }

    // MARK: Opening

    /// Opens a session and joins no namespace.
    package static func open(
        port: Int, _ transport: Transport = .webSocket, usesFreshConnections: Bool = false,
        receiveBuffer: Int32? = nil
    ) async throws -> SocketTestClient {
        SocketTestClient(
            try await EngineTestClient.connect(
                port: port, transport, path: "/socket.io/", usesFreshConnections: usesFreshConnections,
                receiveBuffer: receiveBuffer))
    }

    /// Opens a session and joins a namespace.
    package static func connect(
        port: Int, _ transport: Transport = .webSocket, namespace: String = "/", auth: String = "",
        receiveBuffer: Int32? = nil
    ) async throws -> SocketTestClient {
        let client = try await open(port: port, transport, receiveBuffer: receiveBuffer)
        try await client.join(namespace, auth: auth)
        return client
    }

    /// What stands between a packet's type and its payload: nothing for `/`, else `/name,`.
    private static func prefix(_ namespace: String) -> String { namespace == "/" ? "" : namespace + "," }

    /// Joins a namespace.
    /// - Returns: the socket's id.
    @discardableResult
    package func join(_ namespace: String = "/", auth: String = "") async throws -> String {
        try await send("40\(Self.prefix(namespace))\(auth)")
        let packet = try await receive()
        let head = "40\(Self.prefix(namespace)){\"sid\":\""
        guard packet.text.hasPrefix(head), packet.text.hasSuffix("\"}") else {
            throw NotConnected(packet: packet)
        }
        return String(packet.text.dropFirst(head.count).dropLast(2))
    }

    // MARK: Packets

    /// Sends packets as they stand.
    package func send(_ packets: TestMessage...) async throws {
        for packet in packets { try await engine.send(packet) }
    }

    /// Sends an event; the arguments are JSON texts.
    package func emit(_ event: String, _ arguments: String..., namespace: String = "/", ack: Int? = nil)
        async throws
    {
        let elements = (["\"\(event)\""] + arguments).joined(separator: ",")
        try await send("42\(Self.prefix(namespace))\(ack.map(String.init) ?? "")[\(elements)]")
    }

    /// Waits for the next packet or attachment.
    package func receive() async throws -> TestMessage { try await engine.receive() }

    /// Waits for several of them.
    package func receive(_ count: Int) async throws -> [TestMessage] { try await engine.receive(count) }

    /// Waits for a packet that must come.
    /// - Returns: what came before it; pings are left out, for a test may have waited long for its turn.
    package func receive(until last: TestMessage) async throws -> [TestMessage] {
        var packets: [TestMessage] = []
        while true {
            let packet = try await receive()
            if packet == last { return packets }
            if packet != "2" { packets.append(packet) }
        }
    }

    /// Waits until the server ends the session.
    /// - Returns: the packets that came before it.
    @discardableResult
    package func end() async throws -> [TestMessage] { try await engine.end() }

    /// Goes without a word.
    package func close() { engine.close() }
}
