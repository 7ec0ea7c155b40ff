import SocketIO

/// What clients ask for: `subscribe {rooms, since?, firehose?}`, `unsubscribe {rooms}`, `history {room, since?, limit?}`
/// and `presence {room}`.
struct Subscriptions: Sendable {
    /// Rooms of one request.
    static let roomsPerRequest = 1_000
    /// Messages of one `history`.
    static let messagesPerRequest = 1_000
    /// Bytes of all messages in one answer: far below what may wait for a client, which a larger answer would end.
    static let bytesPerAnswer = 2_000_000

    let ingress: Ingress
    let primer: RoomPrimer
    let log: Log

    /// Sets up the clients of every namespace that a route sends to, and of `/`.
    func serve(_ io: SocketServer) {
        for name in Set(ingress.routes.map(\.namespace) + ["/"]) {
            io.of(name).onConnection { begin($0) }
        }
    }

    /// Sets up a new client: it gets the firehose until it subscribes.
    private func begin(_ socket: Socket) {
        log.debug("connected", ["socket": socket.id, "transport": socket.transport.rawValue])
        ingress.topics.enter(socket.id)
        _ = ingress.topics.admit(socket.id, to: ChannelRoute.firehose)
        socket.join(ChannelRoute.firehose)
        try? socket.emit("connected", ["message": "Connected to MAX realtime server"])
        socket.on("subscribe") { (event: ReceivedEvent) async throws in
            guard let request: Request = try read(event, #"{"rooms": ["bars:AAPL:1", …]}"#),
                try isShort(request.rooms, event)
            else { return }
            await primer.prime(request.rooms.filter(Self.isRoom))
            // So all that the client gets from then on is behind its snapshot.
            await ingress.betweenMessages { subscribe(socket, request, event.ack) }
        }
        socket.on("unsubscribe") { (event: ReceivedEvent) throws in
            guard let request: Request = try read(event, #"{"rooms": ["bars:AAPL:1", …]}"#),
                try isShort(request.rooms, event)
            else { return }
            for room in request.rooms where Self.isRoom(room) { ingress.topics.leave(socket, room) }
            try event.ack?.send(["ok": true])
        }
        socket.on("history") { (event: ReceivedEvent) async throws in
            guard let request: HistoryRequest = try read(event, #"{"room": "bars:AAPL:1"}"#) else { return }
            guard Self.isRoom(request.room) else {
                try event.ack?.send(Failure(error: "there is no room \(request.room.prefix(200))"))
                return
            }
            let limit = request.limit ?? 100
            guard (1...Self.messagesPerRequest).contains(limit) else {
                try event.ack?.send(Failure(error: "limit is from 1 to \(Self.messagesPerRequest)"))
                return
            }
            await primer.prime([request.room])
            let excerpt = ingress.logs.excerpt(of: request.room, since: request.since, limit: limit)
            var bytes = Self.bytesPerAnswer
            try event.ack?.send(Joined(request.room, excerpt, within: &bytes))
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

    private func subscribe(_ socket: Socket, _ request: Request, _ ack: Ack?) {
        let topics = ingress.topics
        if request.firehose == true {
            if topics.admit(socket.id, to: ChannelRoute.firehose) == .isIn {
                socket.join(ChannelRoute.firehose)
            }
        } else {
            topics.leave(socket, ChannelRoute.firehose)
        }
        var answer = Answer()
        var (admitted, seen) = ([String](), Set<String>())
        for room in request.rooms where seen.insert(room).inserted {
            guard Self.isRoom(room) else {
                answer.denied.append(Denied(room: room, code: "UNKNOWN_ROOM"))
                continue
            }
            switch topics.admit(socket.id, to: room) {
            case .isIn: admitted.append(room)
            case .isFull: answer.denied.append(Denied(room: room, code: "TOO_MANY_ROOMS"))
            case .isGone: return
            }
        }
        var left = Self.bytesPerAnswer
        for (index, room) in admitted.enumerated() {
            // Its share, with what those before it did not need.
            var share = left / (admitted.count - index)
            left -= share
            let excerpt = ingress.logs.excerpt(of: room, since: request.since?[room])
            answer.rooms.append(Joined(room, excerpt, within: &share))
            left += share
        }
        socket.join(admitted)
        do { try ack?.send(answer) } catch {
            log.error("an answer could not be encoded", ["error": "\(error)"])
        }
        log.debug("subscribed", ["socket": socket.id, "rooms": "\(admitted.count)"])
    }

    /// Whether a request names no more rooms than it may; else it was answered.
    private func isShort(_ rooms: [String], _ event: ReceivedEvent) throws -> Bool {
        guard rooms.count > Self.roomsPerRequest else { return true }
        try event.ack?.send(Failure(error: "at most \(Self.roomsPerRequest) rooms in one request"))
        return false
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

    /// Whether clients may join rooms of this kind, and one of this name could bring them something.
    /// - Parameter room: a name, or a template of one.
    static func isKnown(_ room: String) -> Bool {
        let parts = room.split(separator: ":", omittingEmptySubsequences: false)
        return switch parts[0] {
        case "all", "market": parts.count == 1
        case "bars": parts.count == 3 && !parts[1].isEmpty && !parts[2].isEmpty
        // What stands behind the colon may have colons itself.
        case "sector", "discussion", "agent", "topic": room.utf8.count > parts[0].utf8.count + 1
        default: false
        }
    }

    private static func isRoom(_ room: String) -> Bool {
        room.utf8.count <= RoomLogs.nameLimit && isKnown(room)
    }
}
