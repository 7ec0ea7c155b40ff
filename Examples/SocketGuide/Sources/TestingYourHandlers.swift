import SocketIO

extension SocketKey where Value == String { static var userName: Self { Self("userName") } }

/// Adds a chat to a server. Apart from what starts the server, so that tests can do it too.
func addChat(to io: SocketServer) {
    io.use { socket in
        guard let name = socket.authentication["name"]?.stringValue else {
            throw ConnectionRefused("A name is needed")
        }
        socket[.userName] = name
    }
    io.onConnection { socket in
        socket.on("join", String.self) { room in socket.join("room:" + room) }
        socket.on("say", String.self, String.self) { room, text in
            guard socket.rooms.contains("room:" + room) else { return false }
            try socket.to("room:" + room).emit("said", socket[.userName] ?? "", text)
            return true
        }
    }
}

@Sendable func chat() async throws {
    let io = SocketServer()
    addChat(to: io)
    try await io.run(port: 3000)
}
