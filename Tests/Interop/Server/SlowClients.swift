import SocketIO

/// `/slow`: more than a client takes at once, sent in the ways there are for that.
@Sendable func serveSlowClients(of io: SocketServer) {
    let payload = String(repeating: "x", count: 200_000)
    let words = String(repeating: "the quick brown fox ", count: 25_000)
    io.of("/slow").onConnection { socket in
        socket.on("flood") { event in
            let way = try event.arguments.decode(String.self)
            for number in 0..<flood {
                switch way {
                case "volatile": try socket.volatile.emit("tick", number, payload)
                case "latest": try socket.latest("tick").emit("tick", number, payload)
                case "latest to all": try io.of("/slow").latest("tick").emit("tick", number, payload)
                default: try socket.emit("tick", number, payload)
                }
                // In turns of their own, as from a market.
                try await Task.sleep(for: .milliseconds(1))
            }
            try socket.emit("end")
        }
        socket.on("volatile") { _ in try socket.volatile.emit("tick", 1) }
        socket.on("words", Bool.self) { isCompressed in try socket.compress(isCompressed).emit("words", words)
        }
    }
}

/// Events of a flood: enough to fill the system's buffers.
private let flood = 150
