import SocketIO

/// `/acks`: answers in both directions, in time and late.
@Sendable func serveAcks(of io: SocketServer) {
    let acks = io.of("/acks")
    acks.onConnection { socket in
        socket.on("echo") { $0.ack?.send($0.arguments) }
        socket.on("nothing") { try $0.ack?.send() }
        socket.on("never") { _ in }
        socket.on("twice") { event in
            try event.ack?.send("first")
            try event.ack?.send("second")
        }
        // The clients are asked what they were sent; their answers go to who wanted to know.
        socket.on("ask me") { event in
            let time = Duration.milliseconds(try event.arguments.decode(Int.self))
            do {
                event.ack?.send(try await socket.emitWithAck("question", event.arguments[1], timeout: time))
            } catch let error as AckError { try event.ack?.send("\(error)") }
        }
        socket.on("ask room", String.self) { room in socket.join(room) }
        socket.on("ask all") { event in
            let room = try event.arguments.decode(String.self)
            let time = Duration.milliseconds(try event.arguments.decode(Int.self, at: 1))
            do {
                let replies = try await acks.to(room).timeout(time).emitWithAck(
                    "question", event.arguments[2])
                try event.ack?.send(replies.map { $0.arguments[0] }, 0)
            } catch let late as IncompleteReplies {
                try event.ack?.send(late.replies.map { $0.arguments[0] }, late.missing)
            }
        }
    }
}
