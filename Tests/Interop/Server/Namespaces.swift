import SocketIO

private struct Place: Encodable, Sendable {
    var namespace: String
    var captures: [String: String]
}

/// Namespaces of every kind: a client may ask each where it is, and what it said in its handshake.
func serveNamespaces(of io: SocketServer) {
    io.onConnection(tell)
    io.of("/static").onConnection(tell)
    io.of(#/^/tenant-\d+$/#).onConnection(tell)
    io.of(pattern: "/games/{game}/{seat}").onConnection(tell)
    io.of(where: { name, auth in
        guard name.hasPrefix("/members/") else { return false }
        guard auth["card"] == "gold" else { throw ConnectionRefused("no card", data: ["wanted": "gold"]) }
        return true
    }).onConnection(tell)

    let guarded = io.of("/guarded")
    guarded.use { socket in
        guard socket.authentication["token"] == "secret" else {
            throw ConnectionRefused("not authorized", data: ["code": 401, "hint": ["log", "in"]])
        }
    }
    guarded.use { socket in
        // Asynchronous, as one that asks a database.
        try await Task.sleep(for: .milliseconds(1))
        if socket.query("broken") != nil { throw Settings.Unknown(argument: "not for clients") }
        socket.join("let in")
    }
    guarded.onConnection { socket in
        tell(socket)
        socket.on("rooms") { try $0.ack?.send(socket.rooms.subtracting([socket.id]).sorted()) }
    }
}

@Sendable private func tell(_ socket: Socket) {
    let place = Place(namespace: socket.namespace.name, captures: socket.namespace.captures)
    socket.on("where") { try $0.ack?.send(place) }
    socket.on("handshake") { try $0.ack?.send(HandshakeRecord(socket.handshake)) }
    socket.on("transport") { try $0.ack?.send(socket.transport.rawValue) }
}
