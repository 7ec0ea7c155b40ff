import SocketIO

/// Whom a client wants to reach, and from where.
private struct Wish: Decodable, Sendable {
    enum Origin: String, Decodable { case server, socket }

    var from: Origin
    var to: [String]
    var except: [String]

    func audience(_ socket: Socket) -> Broadcast {
        let everyone = from == .server ? socket.namespace.everyone : socket.broadcast
        return everyone.to(to).except(except)
    }
}

private struct Member: Encodable, Sendable {
    var id: String
    var rooms: [String]
}

/// `/rooms`: who is reached by what.
@Sendable func serveRooms(of io: SocketServer) {
    let rooms = io.of("/rooms")
    rooms.onConnection { socket in
        socket.on("join", [String].self) { (names: [String]) throws -> Bool in
            socket.join(names)
            return true
        }
        socket.on("leave", String.self) { (name: String) throws -> Bool in
            socket.leave(name)
            return true
        }
        socket.on("rooms") { try $0.ack?.send(socket.rooms.subtracting([socket.id]).sorted()) }
        socket.on("tell") { event in
            let wish = try event.arguments.decode(Wish.self)
            try wish.audience(socket).emit("news", event.arguments[1], event.arguments[2])
            try event.ack?.send()
        }
        socket.on("members", String.self) { (room: String) async throws -> [Member] in
            try await rooms.in(room).fetchSockets()
                .map { Member(id: $0.id, rooms: $0.rooms.subtracting([$0.id]).sorted()) }
                .sorted { $0.id < $1.id }
        }
        socket.on("move", String.self, String.self) { (from: String, to: String) throws -> Bool in
            rooms.in(from).socketsJoin(to)
            rooms.in(from).socketsLeave(from)
            return true
        }
        socket.on("send away", String.self) { (room: String) throws in rooms.in(room).disconnectSockets() }
    }
}
