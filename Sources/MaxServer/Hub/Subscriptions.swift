import SocketIO

/// What clients ask for: `subscribe {rooms, since?, firehose?}`, `unsubscribe {rooms}`, `history {room, since?, limit?}`
/// and `presence {room}`.
struct Subscriptions: Sendable {
    /// Rooms of one request.
    static let roomsPerRequest = 1_000
    /// Messages of one `history`.
    static let messagesPerRequest = 1_000

    let ingress: Ingress
    let primer: RoomPrimer
    let log: Log

    struct Request: Decodable, Sendable {
        var rooms: [String]
        /// By room: the offset of an earlier answer, to get what came since instead of the last messages.
        var since: [String: String]?
        /// Stay in the firehose, which the first subscription else ends.
        var firehose: Bool?
    }

    struct HistoryRequest: Decodable, Sendable {
        var room: String
        var since: String?
        var limit: Int?
    }

    struct PresenceRequest: Decodable, Sendable { var room: String }

    struct Answer: Encodable, Sendable {
        var ok = true
        var rooms: [Joined] = []
        var denied: [Denied] = []
    }

    struct Denied: Encodable, Sendable {
        var room: String
        var code: String
    }

    /// A message that came before.
    struct Earlier: Encodable, Sendable {
        var event: String
        var data: RawJSON
    }

    /// A room with what it brought lately.
    struct Joined: Encodable, Sendable {
        var ok = true
        var room: String
        var offset: String
        /// Whether the snapshot is all that came since the offset that was given; else it is the last messages.
        var recovered: Bool
        /// Oldest first.
        var snapshot: [Earlier]

        init(_ room: String, _ excerpt: RoomLogs.Excerpt) {
            self.room = room
            offset = excerpt.offset
            recovered = excerpt.isComplete
            snapshot = excerpt.entries.map { Earlier(event: $0.event, data: $0.payload) }
        }
    }

    struct Presence: Encodable, Sendable {
        var ok = true
        var room: String
        /// Clients in the room, on this node.
        var clients: Int
    }

    struct Failure: Encodable, Sendable {
        var ok = false
        var error: String
    }

    /// Sets up the clients of every namespace that a route sends to, and of `/`.
    func serve(_ io: SocketServer) {
        for name in Set(ingress.routes.map(\.namespace) + ["/"]) {
            io.of(name).onConnection { begin($0) }
        }
    }

    /// Sets up a new client: it gets the firehose until it subscribes.
    private func begin(_ socket: Socket) {
        log.debug("connected", ["socket": socket.id, "transport": socket.transport.rawValue])
        _ = ingress.topics.join(socket, ChannelRoute.firehose)
        try? socket.emit("connected", ["message": "Connected to MAX realtime server"])
        socket.on("subscribe") { (event: ReceivedEvent) async throws in
            guard let request: Request = try read(event, #"{"rooms": ["bars:AAPL:1", …]}"#) else { return }
            guard request.rooms.count <= Self.roomsPerRequest else {
                try event.ack?.send(Failure(error: "at most \(Self.roomsPerRequest) rooms in one request"))
                return
            }
            // Before the client is in: so all that it gets by then is in the snapshot, and nothing twice.
            await primer.prime(request.rooms.filter(Self.isRoom))
            try event.ack?.send(subscribe(socket, request))
        }
        socket.on("unsubscribe") { (event: ReceivedEvent) throws in
            guard let request: Request = try read(event, #"{"rooms": ["bars:AAPL:1", …]}"#) else { return }
            for room in request.rooms where Self.isRoom(room) { ingress.topics.leave(socket, room) }
            try event.ack?.send(["ok": true])
        }
        socket.on("history") { (event: ReceivedEvent) async throws in
            guard let request: HistoryRequest = try read(event, #"{"room": "bars:AAPL:1"}"#) else { return }
            guard Self.isRoom(request.room) else {
                try event.ack?.send(Failure(error: "there is no room \(request.room.prefix(200))"))
                return
            }
            await primer.prime([request.room])
            let limit = min(max(request.limit ?? 100, 1), Self.messagesPerRequest)
            try event.ack?.send(
                Joined(
                    request.room, ingress.logs.excerpt(of: request.room, since: request.since, limit: limit)))
        }
        socket.on("presence") { (event: ReceivedEvent) throws in
            guard let request: PresenceRequest = try read(event, #"{"room": "bars:AAPL:1"}"#) else { return }
            let clients = ingress.topics.count(of: request.room)
            try event.ack?.send(Presence(room: request.room, clients: clients))
        }
        socket.onDisconnect { [id = socket.id] reason in
            ingress.topics.forget(id)
            log.debug("disconnected", ["socket": id, "reason": reason.rawValue])
        }
    }

    private func subscribe(_ socket: Socket, _ request: Request) -> Answer {
        if request.firehose == true {
            _ = ingress.topics.join(socket, ChannelRoute.firehose)
        } else {
            ingress.topics.leave(socket, ChannelRoute.firehose)
        }
        var answer = Answer()
        for room in request.rooms {
            guard Self.isRoom(room) else {
                answer.denied.append(Denied(room: room, code: "UNKNOWN_ROOM"))
                continue
            }
            guard ingress.topics.join(socket, room) else {
                answer.denied.append(Denied(room: room, code: "TOO_MANY_ROOMS"))
                continue
            }
            answer.rooms.append(
                Joined(room, ingress.logs.excerpt(of: room, since: request.since?[room])))
        }
        log.debug("subscribed", ["socket": socket.id, "rooms": "\(answer.rooms.count)"])
        return answer
    }

    /// What an event asks for; nil when it was answered with what is wrong.
    private func read<Request: Decodable & Sendable>(_ event: ReceivedEvent, _ expected: String) throws
        -> Request?
    {
        do { return try event.arguments.decode(Request.self) } catch is DecodingError {
            try event.ack?.send(Failure(error: "expected \(expected)"))
        }
        return nil
    }

    /// The rooms that clients may join, by the word before the colon.
    private static let kinds: Set<String> = [
        "all", "market", "sector", "discussion", "agent", "bars", "topic",
    ]

    private static func isRoom(_ room: String) -> Bool {
        room.utf8.count <= 200 && kinds.contains(String(room.prefix { $0 != ":" }))
    }
}
