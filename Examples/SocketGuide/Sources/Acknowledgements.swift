import SocketIO

/// What a client reads in its callback.
struct Outcome: Codable, Sendable {
    var balance: Int?
    var error: String?
}

/// Moves money; in earnest a database.
actor Bank {
    private var balance = 100

    func pay(_ amount: Int) -> Outcome {
        guard amount > 0, amount <= balance else { return Outcome(error: "not enough") }
        balance -= amount
        return Outcome(balance: balance)
    }
}

@Sendable func bank() async throws {
    let bank = Bank()
    let io = SocketServer()
    io.onConnection { socket in
        socket.on("add", Int.self, Int.self) { a, b in a + b }
        socket.on("pay", Int.self) { amount in await bank.pay(amount) }
        socket.on("who") { _ in socket[.userName] ?? "nobody" }
        socket.on("statistics") { event in
            guard let ack = event.ack else { return }  // the client passed no callback
            try ack.send("two", 2)
        }
    }
    let receipts = OnceOnly<String, Outcome>(limit: 10_000, keeping: .seconds(600))
    io.onConnection { socket in
        socket.on("pay once", String.self, Int.self) { name, amount in
            try await receipts.answer(to: name) { await bank.pay(amount) }
        }
    }
    try await io.run(port: 3000)
}

/// Asks one client.
func confirm(_ socket: Socket, _ amount: Int) async throws -> Bool {
    do {
        let answer = try await socket.emitWithAck("confirm", amount, timeout: .seconds(30))
        return try answer.decode(Bool.self)
    } catch AckError.timeout {
        return false
    }
}

/// Asks everyone in a room.
func vote(_ io: SocketServer, on motion: String) async throws -> [Bool] {
    let room = io.to("council").timeout(.seconds(10))
    do {
        return try await room.emitWithAck("vote", motion).map { try $0.arguments.decode(Bool.self) }
    } catch let incomplete as IncompleteReplies {
        print("\(incomplete.missing) did not vote")
        return try incomplete.replies.map { try $0.arguments.decode(Bool.self) }
    }
}

/// Takes the first who will do it.
func volunteer(_ io: SocketServer, for task: String) async throws -> String? {
    for try await reply in try io.to("drivers").emitStreamingAcks("wanted", task) {
        if try reply.arguments.decode(Bool.self) { return reply.socketID }
    }
    return nil
}
