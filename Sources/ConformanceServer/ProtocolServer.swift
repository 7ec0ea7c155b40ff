import SocketIO

/// What the test suite of `socket.io-protocol` asks of a server: namespaces `/` and `/custom` that send back what
/// the client sent, and short timeouts.
enum ProtocolServer {
    /// - Parameter parser: what clients use instead of the default one; the suite does not.
    static func make(loops: Int, isCompressing: Bool, parser: (any PacketParser)? = nil) -> SocketServer {
        var options = SocketOptions()
        options.engine.maxPayload = 1_000_000
        options.engine.loops = loops
        if isCompressing { options.engine.perMessageDeflate = PerMessageDeflate() }
        options.connectTimeout = .seconds(1)
        if let parser { options.parser = parser }
        if parser == nil, !isCompressing {
            // The suite's, which are too short for a browser that opens another page meanwhile, or that reads a
            // megabyte that was compressed.
            options.engine.pingInterval = .milliseconds(300)
            options.engine.pingTimeout = .milliseconds(200)
        }
        let io = SocketServer(options: options)
        io.onConnection { socket in
            try? socket.emit("auth", socket.authentication)
            socket.on("message") { event in socket.emit("message-back", event.arguments) }
            socket.on("message-with-ack") { event in event.ack?.send(event.arguments) }
            // Not asked for by the suite: the other direction and the others, for clients' tests.
            socket.on("ask-me") { event in
                event.ack?.send(try await socket.emitWithAck("question", event.arguments))
            }
            socket.on("tell-others") { event in socket.broadcast.emit("told", event.arguments) }
        }
        io.of("/custom").onConnection { socket in try? socket.emit("auth", socket.authentication) }
        return io
    }
}
