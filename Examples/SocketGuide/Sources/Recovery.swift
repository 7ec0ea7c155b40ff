import SocketIO

@Sendable func recover() async throws {
    var options = SocketOptions()
    options.recovery = RecoveryOptions()
    let io = SocketServer(options: options)
    io.onConnection { socket in
        if !socket.recovered { socket.join("lobby") }
        socket.on("say", String.self) { text in try io.to("lobby").emit("said", text) }
    }
    try await io.run(port: 3000)
}

/// Room for more, for longer.
func generousRecovery() -> RecoveryOptions {
    var recovery = RecoveryOptions()
    recovery.maxDisconnection = .seconds(600)
    recovery.maxBytes = 100_000_000
    return recovery
}
