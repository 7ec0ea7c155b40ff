import SocketIO

@Sendable func chatAndAdministrators() async throws {
    let io = SocketServer()
    io.onConnection { socket in
        socket.on("hello") { _ in try socket.emit("hello", "from /") }
    }

    let admin = io.of("/admin")
    admin.use { socket in
        guard socket.authentication["secret"] == "xyzzy" else { throw ConnectionRefused("not for you") }
    }
    admin.onConnection { socket in
        socket.on("announce", String.self) { text in try io.emit("announcement", text) }
    }
    try await io.run(port: 3000)
}

@Sendable func games() async throws {
    let io = SocketServer()
    let games = io.of(pattern: "/games/{id}")
    games.onConnection { socket in
        let game = socket.namespace.captures["id"] ?? ""
        socket.on("move", String.self) { move in try socket.namespace.emit("moved", game, move) }
    }
    let ticker = Task {
        while !Task.isCancelled {
            try await Task.sleep(for: .seconds(60))
            try games.emit("tick")  // to all games there are
        }
    }
    try await io.run(port: 3000)
    ticker.cancel()
}

@Sendable func rooms() async throws {
    let io = SocketServer()
    io.onConnection { socket in
        socket.on("follow", String.self) { symbol in socket.join("symbol:\(symbol)") }
        socket.on("unfollow", String.self) { symbol in socket.leave("symbol:\(symbol)") }
        socket.onDisconnecting { _ in
            for room in socket.rooms { try? socket.to(room).emit("left", socket.id) }
        }
    }
    io.root.onRoomEvent { event in
        switch event {
        case .created(let room): print("somebody wants \(room)")
        case .deleted(let room): print("nobody wants \(room) any more")
        case .joined, .left: break
        }
    }
    try await io.run(port: 3000)
}

/// What can be sent to whom.
func send(_ io: SocketServer, from socket: Socket, to friend: String) throws {
    try io.to("a", "b").except("c").emit("news", 1)
    try socket.to("a").emit("news", 2)
    try io.to(friend).emit("direct", 3)
}

/// A list of rooms, which may be empty.
func send(_ io: SocketServer, toAll rooms: [String]) throws {
    if !rooms.isEmpty { try io.to(rooms).emit("news", 4) }
}

/// What can be done with sockets from outside.
func administer(_ io: SocketServer) async throws {
    io.in("symbol:AAPL").socketsJoin("symbol:all")
    for socket in try await io.in("symbol:AAPL").fetchSockets() {
        print(socket.id, socket.rooms, socket[.userName] ?? "")
        try socket.emit("seen")
    }
    io.in("symbol:AAPL").disconnectSockets()
}
