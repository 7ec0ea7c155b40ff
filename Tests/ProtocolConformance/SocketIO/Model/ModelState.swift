/// One socket's life as the model foresees it: from its connection until it is gone for good, whatever connections of
/// its client that takes.
struct ModelLife: Sendable {
    /// What it gets, in the order in which the script sends it.
    var expected: [ModelDelivery] = []
    /// So many of them it has certainly got.
    var confirmed = 0
    /// So many were sent before its connection was lost.
    var sentBeforeLoss: Int?
    /// Whether the end of what was sent may be missing: it was under way when the connection was lost for good.
    var mayLackEnd = false
}

/// Who is where, and who gets what: the server as a table. Pure.
struct ModelState: Sendable {
    enum Presence: Sendable { case connected, away, gone }
    enum Reading: Sendable { case up, stalled, away }

    struct Member: Sendable {
        var presence = Presence.gone
        var rooms: Set<String> = []
        var lives: [ModelLife] = []
    }

    /// Whether a socket is to come back as it was.
    enum Recovery: Sendable { case certain, impossible }

    let namespaces: Int
    private(set) var clients: [Reading]
    /// By client, by namespace.
    private(set) var members: [[Member]]

    init(clients: Int, namespaces: Int) {
        self.namespaces = namespaces
        self.clients = Array(repeating: .away, count: clients)
        members = Array(repeating: Array(repeating: Member(), count: namespaces), count: clients)
    }

    // MARK: Questions

    func isConnected(_ client: Int, _ namespace: Int) -> Bool {
        members[client][namespace].presence == .connected
    }

    /// Whether a client can send something in a namespace.
    func isActive(_ client: Int, _ namespace: Int) -> Bool {
        clients[client] == .up && isConnected(client, namespace)
    }

    /// Clients whom an audience means, those away included.
    func reached(_ audience: ModelAudience, _ namespace: Int) -> [Int] {
        clients.indices.filter { client in
            let member = members[client][namespace]
            guard member.presence != .gone else { return false }
            let isMeant =
                audience.rooms.isEmpty && audience.members.isEmpty
                || !member.rooms.isDisjoint(with: audience.rooms) || audience.members.contains(client)
            return isMeant && member.rooms.isDisjoint(with: audience.exceptedRooms)
                && !audience.exceptedMembers.contains(client)
        }
    }

    /// Of those, who is connected.
    func connected(_ audience: ModelAudience, _ namespace: Int) -> [Int] {
        reached(audience, namespace).filter { isConnected($0, namespace) }
    }

    func expectedRecovery(_ client: Int, _ namespace: Int) -> Recovery {
        members[client][namespace].presence == .gone ? .impossible : .certain
    }

    // MARK: Actions

    /// - Parameter sender: the client whose handler acts; nil for the server's own threads.
    mutating func perform(_ action: ModelAction, _ namespace: Int, by sender: Int? = nil) {
        switch action {
        case .emit(let stamp, let audience):
            deliver(.event(stamp), to: reached(audience, namespace), namespace)
        case .emitToOthers(let stamp, let audience):
            let others = reached(audience, namespace).filter { $0 != sender }
            deliver(.event(stamp), to: others, namespace)
        case .reply(let stamp):
            if let sender, isConnected(sender, namespace) {
                deliver(.event(stamp), to: [sender], namespace)
            }
        case .socketsJoin(let rooms, let audience):
            for client in connected(audience, namespace) { members[client][namespace].rooms.formUnion(rooms) }
        case .socketsLeave(let rooms, let audience):
            for client in connected(audience, namespace) { members[client][namespace].rooms.subtract(rooms) }
        case .join(let rooms): if let sender { members[sender][namespace].rooms.formUnion(rooms) }
        case .leave(let rooms): if let sender { members[sender][namespace].rooms.subtract(rooms) }
        case .disconnect(let audience, let close):
            for client in connected(audience, namespace) {
                if close { closed(client) } else { end(client, namespace, isTold: true) }
            }
        }
    }

    mutating func deliver(_ delivery: ModelDelivery, to clients: [Int], _ namespace: Int) {
        for client in clients { changeLife(client, namespace) { $0.expected.append(delivery) } }
    }

    private mutating func changeLife(_ client: Int, _ namespace: Int, _ change: (inout ModelLife) -> Void) {
        let last = members[client][namespace].lives.count - 1
        change(&members[client][namespace].lives[last])
    }

    /// A socket ends for good.
    /// - Parameter isTold: whether its client hears of it.
    mutating func end(_ client: Int, _ namespace: Int, isTold: Bool) {
        if isTold { deliver(.disconnected, to: [client], namespace) }
        members[client][namespace].presence = .gone
        members[client][namespace].rooms = []
    }

    /// The server ends a client's connection.
    private mutating func closed(_ client: Int) {
        for namespace in 0..<namespaces where isConnected(client, namespace) {
            end(client, namespace, isTold: true)
        }
        if clients[client] == .stalled { lost(client) }
        clients[client] = .away
    }

    // MARK: Clients

    mutating func stall(_ client: Int) { clients[client] = .stalled }
    mutating func resume(_ client: Int) { clients[client] = .up }

    /// A client lost its connection, with what was under way.
    mutating func lost(_ client: Int) {
        clients[client] = .away
        for namespace in 0..<namespaces {
            for life in members[client][namespace].lives.indices {
                let isLast = life == members[client][namespace].lives.count - 1
                let sent = members[client][namespace].lives[life].expected.count
                if isLast, members[client][namespace].presence == .connected {
                    members[client][namespace].lives[life].sentBeforeLoss = sent
                } else if members[client][namespace].lives[life].confirmed < sent {
                    members[client][namespace].lives[life].mayLackEnd = true
                }
            }
            if members[client][namespace].presence == .connected {
                members[client][namespace].presence = .away
            }
        }
    }

    /// A client has a new connection; its sockets come one by one.
    mutating func opened(_ client: Int) { clients[client] = .up }

    /// A socket was let in.
    mutating func joined(_ client: Int, _ namespace: Int, isRecovered: Bool) {
        if isRecovered {
            changeLife(client, namespace) { $0.sentBeforeLoss = nil }
        } else {
            if members[client][namespace].presence == .away { forget(client, namespace) }
            members[client][namespace].lives.append(ModelLife())
            members[client][namespace].rooms = []
        }
        members[client][namespace].presence = .connected
    }

    /// A socket whose client is away will not come back.
    mutating func forget(_ client: Int, _ namespace: Int) {
        changeLife(client, namespace) { life in
            if let sent = life.sentBeforeLoss { life.expected.removeSubrange(sent...) }
            life.mayLackEnd = life.confirmed < life.expected.count
        }
        members[client][namespace].presence = .gone
        members[client][namespace].rooms = []
    }

    /// Nobody who is away comes back to a namespace.
    mutating func forgetAbsent(_ namespace: Int) {
        for client in clients.indices where members[client][namespace].presence == .away {
            forget(client, namespace)
        }
    }

    /// A client has got everything that it was sent.
    mutating func confirm(_ client: Int) {
        for namespace in 0..<namespaces {
            for life in members[client][namespace].lives.indices
            where !members[client][namespace].lives[life].mayLackEnd {
                let sent = members[client][namespace].lives[life].expected.count
                members[client][namespace].lives[life].confirmed = sent
            }
        }
    }
}
