import SocketIO

// What stands in the comments of the library's symbols.

@Sendable func relayChat() async throws {
    let io = SocketServer()
    io.onConnection { socket in
        socket.on("chat") { event in io.emit("chat", event.arguments) }
    }
    try io.listen(port: 3000)
    await io.engine.untilTerminated()
    await io.close()
}

func useNames(_ socket: Socket, _ io: SocketServer) async throws -> Bool {
    socket[.userName] = "Ada"
    socket.on(.ordered) { order in try io.emit(.ordered, order) }
    socket.on(.confirm) { question in question.hasSuffix("?") }
    let isConfirmed = try await socket.emitWithAck(.confirm, "Sell?")
    return isConfirmed
}

func clientFilesOfNpm() -> SocketOptions {
    var options = SocketOptions()
    options.clientFiles = ClientFiles(folder: "node_modules/socket.io-client/dist")
    return options
}

func messagePack() -> SocketOptions {
    var options = SocketOptions()
    options.parser = MessagePackParser()
    return options
}
