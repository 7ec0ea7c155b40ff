import EngineIO
import SocketIO
import TestSupport
import Testing

/// Both ends of one connection to `/`.
struct Member: Sendable {
    var socket: Socket
    var client: SocketTestClient
}

/// Gives `test` a server and the clients that are connected to it.
/// - Parameter onConnection: what the server does with each, before the client is told that it is connected.
func withMembers(
    _ count: Int, _ transport: Transport = .webSocket, _ options: SocketOptions = .test(),
    onConnection: @escaping @Sendable (SocketServer, Socket) -> Void = { _, _ in },
    test: (SocketServer, [Member]) async throws -> Void
) async throws {
    let sockets = Journal<Socket>()
    try await withSocketServer(options) { server in
        server.onConnection { [unowned server] socket in
            onConnection(server, socket)
            sockets.append(socket)
        }
    } test: { server, port in
        var members: [Member] = []
        for _ in 0..<count {
            let client = try await SocketTestClient.open(port: port, transport)
            let id = try await client.join()
            let socket = try #require(sockets.all.first { $0.id == id })
            members.append(Member(socket: socket, client: client))
        }
        try await test(server, members)
    }
}

/// The packets that each member got before `42["end"]`, which everyone must get.
func packetsUntilEnd(_ server: SocketServer, _ members: [Member]) async throws -> [[TestMessage]] {
    try server.emit("end")
    var packets: [[TestMessage]] = []
    for member in members { packets.append(try await member.client.receive(until: #"42["end"]"#)) }
    return packets
}
