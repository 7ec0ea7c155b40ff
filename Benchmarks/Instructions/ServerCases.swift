internal import SocketIO

/// What a server does for clients that are connected: over real sockets, counted on the server's loop.
///
/// Events that are decoded or encoded come many in one segment, so that the turn around them weighs little.
var serverCases: [Case] {
    [
        burstCase("decode-event", count: 32, [.clientFrame(#"421["in",\#(Quote.json)]"#)]) { socket in
            socket.on("in") { _ in }
        },
        burstCase("decode-event-typed", count: 32, [.clientFrame(#"42["in",\#(Quote.json)]"#)]) { socket in
            socket.on("in", Quote.self) { _ in }
        },
        burstCase(
            "decode-binary-event", count: 32,
            [
                .clientFrame(#"451-["in",{"data":{"_placeholder":true,"num":0}}]"#),
                .clientFrame(2, [UInt8](repeating: 0x5A, count: 100)),
            ]
        ) { socket in
            socket.on("in") { _ in }
        },
        Case(name: "encode-event", operations: 32, rounds: 24) {
            let server = try startServer { socket in
                socket.on("ask") { _ in for _ in 0..<32 { try socket.emit("quote", Quote()) } }
            }
            let client = try LoopbackClient.joined(server)
            let question = [UInt8].clientFrame(#"42["ask"]"#)
            return Work(loop: server.loop) {
                try client.send(question)
                return try (0..<32).reduce(0) { sum, _ in sum + (try client.receiveFrame().count) }
            }
        },
        fanOutCase("fan-out", messages: 1, rounds: 50),
        fanOutCase("fan-out-burst", messages: 16, rounds: 8),
        echoCase("echo", inFlight: 1, rounds: 300) { socket in
            socket.on("echo") { event in event.ack?.send(event.arguments) }
        },
        echoCase("echo-async", inFlight: 1, rounds: 300) { socket in
            socket.on("echo") { event async in event.ack?.send(event.arguments) }
        },
        echoCase("echo-burst", inFlight: 16, rounds: 24) { socket in
            socket.on("echo") { event in event.ack?.send(event.arguments) }
        },
        echoCase("echo-burst-namespace", in: "/chat", inFlight: 16, rounds: 24) { socket in
            socket.on("echo") { event in event.ack?.send(event.arguments) }
        },
    ]
}

/// Many events in one segment, and one behind them that is answered.
private func burstCase(
    _ name: String, count: Int, _ event: [[UInt8]], _ listen: @escaping @Sendable (Socket) -> Void
) -> Case {
    Case(name: name, operations: count, rounds: 24) {
        let server = try startServer { socket in
            listen(socket)
            socket.on("last") { event in try event.ack?.send() }
        }
        let client = try LoopbackClient.joined(server)
        let events = (0..<count).flatMap { _ in event.joined() } + .clientFrame(#"427["last"]"#)
        return Work(loop: server.loop) {
            try client.send(events)
            return try client.receiveFrame().count
        }
    }
}

/// A client's event that the server passes on to a room of 100: per event.
private func fanOutCase(_ name: String, messages: Int, rounds: Int) -> Case {
    Case(name: name, operations: messages, rounds: rounds) {
        let server = try startServer { socket in
            socket.on("join") { event in
                socket.join("everybody")
                try event.ack?.send()
            }
            socket.on("quote") { event in socket.to("everybody").emit("quote", event.arguments) }
        }
        let source = try LoopbackClient.joined(server)
        let members = try (0..<100).map { _ in
            let client = try LoopbackClient.joined(server)
            try client.send(.clientFrame(#"420["join"]"#))
            _ = try client.receiveFrame()
            return client
        }
        let events = (0..<messages).flatMap { _ in [UInt8].clientFrame(#"42["quote",\#(Quote.json)]"#) }
        return Work(loop: server.loop) {
            try source.send(events)
            return try members.reduce(0) { sum, member in
                try (0..<messages).reduce(sum) { sum, _ in sum + (try member.receiveFrame().count) }
            }
        }
    }
}

/// Events of one client that are answered with what they carried.
private func echoCase(
    _ name: String, in namespace: String = "/", inFlight: Int, rounds: Int,
    _ listen: @escaping @Sendable (Socket) -> Void
) -> Case {
    Case(name: name, operations: inFlight, rounds: rounds) {
        let server = try startServer(in: namespace, listen)
        let client = try LoopbackClient.joined(server, namespace)
        let prefix = namespace == "/" ? "" : namespace + ","
        let events = (0..<inFlight).flatMap {
            [UInt8].clientFrame(#"42\#(prefix)\#($0)["echo",\#(Quote.json)]"#)
        }
        return Work(loop: server.loop) {
            try client.send(events)
            return try (0..<inFlight).reduce(0) { sum, _ in sum + (try client.receiveFrame().count) }
        }
    }
}
