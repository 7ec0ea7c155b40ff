import EngineIO

/// Whom an action is for: rooms, and sockets by the numbers of their clients.
struct ModelAudience: Sendable {
    var rooms: [String] = []
    var members: [Int] = []
    var exceptedRooms: [String] = []
    var exceptedMembers: [Int] = []
}

/// What a namespace does for the server or in a client's handler.
enum ModelAction: Sendable {
    case emit(ModelStamp, ModelAudience)
    case socketsJoin([String], ModelAudience)
    case socketsLeave([String], ModelAudience)
    case disconnect(ModelAudience, close: Bool)
    /// `socket.to(…).emit`: not to the sender.
    case emitToOthers(ModelStamp, ModelAudience)
    /// `socket.emit`.
    case reply(ModelStamp)
    case join([String])
    case leave([String])

    /// The event that it sends.
    var stamp: ModelStamp? {
        switch self {
        case .emit(let stamp, _), .emitToOthers(let stamp, _), .reply(let stamp): stamp
        default: nil
        }
    }
}

/// One step of a script. Clients and namespaces have numbers.
enum ModelOperation: Sendable {
    /// From a thread that is no loop.
    case server(namespace: Int, ModelAction)
    /// `socket.emit` from such a thread.
    case emitToOne(client: Int, namespace: Int, ModelStamp)
    /// A client's event, for which its handler performs actions and acknowledges.
    case plan(client: Int, namespace: Int, [ModelAction])
    /// The server asks a client, or all of an audience, and waits for the acks.
    case ask(client: Int, namespace: Int, Int)
    case askAll(namespace: Int, ModelAudience, Int)
    case fetch(namespace: Int, ModelAudience)
    case leaveNamespace(client: Int, Int)
    case joinNamespace(client: Int, Int)
    /// The client stops reading, and reads on.
    case stall(client: Int)
    case resume(client: Int)
    /// The client's connection is cut off, and the server notices.
    case lose(client: Int)
    /// A client that is away, or stalled, connects anew with what it remembers.
    case comeBack(client: Int, Transport)
    case upgrade(client: Int)
    /// So much is sent in a namespace that what the clients away have missed is kept no more; then everyone gets an event.
    case flood(namespace: Int, ModelStamp)
    /// Those away stay away for too long.
    case outstay
    /// Everyone gets an event, and whoever reads has got it before the script goes on.
    case mark(ModelStamp)
    /// Many do something at once.
    case together(ModelPhase)
}

/// What happens at once. Nobody's membership in a room that events go to changes meanwhile.
struct ModelPhase: Sendable {
    enum Step: Sendable {
        case plan(namespace: Int, [ModelAction])
        /// Loses the connection once it has received so many more events, and comes back: with the old connection
        /// cut off, or silent.
        /// - Parameter hasty: so many times it loses the connection again before it has read anything.
        case fall(after: Int, isSilent: Bool, hasty: Int, Transport)
        case upgrade
    }

    /// Each client's steps, in order.
    var clients: [[Step]]
    /// Actions of threads that are no loops, each in order.
    var threads: [[(namespace: Int, action: ModelAction)]]
    /// Questions to clients that do not fall.
    var questions: [(client: Int, namespace: Int, number: Int)]

    func falls(_ client: Int) -> Bool {
        clients[client].contains { if case .fall = $0 { true } else { false } }
    }
}
