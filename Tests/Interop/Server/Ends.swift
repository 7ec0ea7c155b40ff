import SocketIO
import Synchronization

/// `/ends`: the ways in which a connection ends; who is still there hears why others went.
@Sendable func serveEnds(of io: SocketServer) {
    let ends = io.of("/ends")
    let reasons = Mutex<[String: String]>([:])
    ends.onConnection { socket in
        socket.on("end me") { _ in socket.disconnect() }
        socket.on("close me") { _ in socket.disconnect(close: true) }
        socket.on("end all") { _ in ends.disconnectSockets() }
        socket.on("hello") { try $0.ack?.send("hello") }
        socket.onDisconnecting { _ in
            try? socket.to("watchers").emit("leaving", socket.id, socket.rooms.sorted())
        }
        socket.onDisconnect { reason in reasons.withLock { $0[socket.id] = reason.rawValue } }
        socket.on("why", String.self) { (id: String) throws -> String? in reasons.withLock { $0[id] } }
        socket.onDisconnect { reason in try? ends.to("watchers").emit("left", socket.id, reason.rawValue) }
        socket.on("watch") { event in
            socket.join("watchers")
            try event.ack?.send()
        }
    }
    // Another one that may be on the same connection.
    io.of("/beside").onConnection { socket in
        socket.on("hello") { try $0.ack?.send("hello") }
    }
}
