import SocketIO

/// What the test suite of `socket.io-protocol` asks of a server: namespaces `/` and `/custom` that send back what
/// the client sent, and short timeouts.
enum ProtocolServer {
    static func make(loops: Int, isCompressing: Bool) -> SocketServer {
        var options = SocketOptions()
        options.engine.pingInterval = .milliseconds(300)
        options.engine.pingTimeout = .milliseconds(200)
        options.engine.maxPayload = 1_000_000
        options.engine.loops = loops
        if isCompressing { options.engine.perMessageDeflate = PerMessageDeflate() }
        options.connectTimeout = .seconds(1)
        let io = SocketServer(options: options)
        io.onConnection { socket in
            try? socket.emit("auth", socket.authentication)
            socket.on("message") { event in socket.emit("message-back", event.arguments) }
            socket.on("message-with-ack") { event in event.ack?.send(event.arguments) }
            // Not asked for by the suite: the other direction, for clients' tests.
            socket.on("ask-me") { event in
                event.ack?.send(try await socket.emitWithAck("question", event.arguments))
            }
        }
        io.of("/custom").onConnection { socket in try? socket.emit("auth", socket.authentication) }
        return io
    }
}
