import SocketIO

/// What clients ask for: `subscribe {rooms, firehose?}` and `unsubscribe {rooms}`.
enum Subscriptions {
    /// Rooms of one request.
    static let roomsPerRequest = 1_000

    /// The rooms that clients may join, by the word before the colon.
    private static let kinds: Set<String> = ["all", "market", "sector", "discussion", "agent", "bars"]

    struct Request: Decodable, Sendable {
        var rooms: [String]
        /// Stay in the firehose, which the first subscription else ends.
        var firehose: Bool?
    }

    struct Answer: Encodable, Sendable {
        struct Joined: Encodable, Sendable {
            var room: String
            /// The last messages of the room, oldest first.
            var snapshot: [RawJSON]
        }

        struct Denied: Encodable, Sendable {
            var room: String
            var code: String
        }

        var ok = true
        var rooms: [Joined] = []
        var denied: [Denied] = []
    }

    struct Failure: Encodable, Sendable {
        var ok = false
        var error: String
    }

    /// Sets up a new client: it gets the firehose until it subscribes.
    static func begin(_ socket: Socket, ingress: Ingress, log: Log) {
        socket.join(ChannelRoute.firehose)
        try? socket.emit("connected", ["message": "Connected to MAX realtime server"])
        socket.on("subscribe") { (event: ReceivedEvent) throws in
            guard let request = try request(event) else { return }
            if request.firehose == true {
                socket.join(ChannelRoute.firehose)
            } else {
                socket.leave(ChannelRoute.firehose)
            }
            var answer = Answer()
            for room in request.rooms {
                guard isAllowed(room) else {
                    answer.denied.append(Answer.Denied(room: room, code: "UNKNOWN_ROOM"))
                    continue
                }
                socket.join(room)
                answer.rooms.append(Answer.Joined(room: room, snapshot: ingress.snapshot(of: room)))
            }
            log.debug("subscribed", ["socket": socket.id, "rooms": "\(answer.rooms.count)"])
            try event.ack?.send(answer)
        }
        socket.on("unsubscribe") { (event: ReceivedEvent) throws in
            guard let request = try request(event) else { return }
            for room in request.rooms where isAllowed(room) { socket.leave(room) }
            try event.ack?.send(["ok": true])
        }
    }

    /// The request of an event; nil when it was answered with what is wrong.
    private static func request(_ event: ReceivedEvent) throws -> Request? {
        do {
            let request = try event.arguments.decode(Request.self)
            if request.rooms.count <= roomsPerRequest { return request }
            try event.ack?.send(Failure(error: "at most \(roomsPerRequest) rooms in one request"))
        } catch is DecodingError {
            try event.ack?.send(Failure(error: "expected {\"rooms\": [\"bars:AAPL:1\", …]}"))
        }
        return nil
    }

    private static func isAllowed(_ room: String) -> Bool {
        room.utf8.count <= 200 && kinds.contains(String(room.prefix { $0 != ":" }))
    }
}
