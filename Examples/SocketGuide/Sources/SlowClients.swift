import Foundation
import SocketIO

struct Quote: Codable, Sendable {
    var symbol: String
    var price: Double
}

/// Sends what changes often.
func send(_ quote: Quote, _ io: SocketServer) throws {
    try io.to(quote.symbol).latest(quote.symbol).emit("quote", quote)
}

/// Sends what is not worth waiting for.
func showTyping(_ socket: Socket) throws {
    try socket.to("room:lobby").volatile.emit("typing", socket.id)
}

/// Sends what is compressed already.
func send(_ jpeg: Data, to socket: Socket) throws {
    try socket.compress(false).emit("picture", jpeg)
}

/// Sends much, as fast as the client takes it.
func send(_ parts: [String], to socket: Socket) async throws {
    for part in parts { _ = try await socket.emitWithAck("part", part) }
}

@Sendable func boundedServer() async throws {
    var options = SocketOptions()
    options.engine.sendQueue.bytes = 2_000_000
    options.engine.sendQueue.packets = 5_000
    let io = SocketServer(options: options)
    io.onConnection { socket in
        socket.onDisconnect { reason, details in print(reason.rawValue, details ?? "") }
    }
    try await io.run(port: 3000)
}
