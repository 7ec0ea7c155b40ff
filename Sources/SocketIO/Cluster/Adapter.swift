/// Carries what concerns all servers of a cluster: broadcasts, wishes, questions and their answers. How it does that,
/// over which broker and in which bytes, is its own business; rooms, delivery and time limits are not.
///
/// A server without an adapter is alone.
public protocol Adapter: Sendable {
    /// Begins to carry the messages of a namespace. Called once for each, when it is made.
    /// - Parameter namespace: takes what other servers send.
    /// - Returns: the way to the other servers.
    func connect(_ namespace: ClusterNamespace) -> any ClusterLink
}

/// One namespace's way to the other servers of a cluster.
public protocol ClusterLink: Sendable {
    /// Sends a message to all other servers, in the order of the calls.
    /// - Parameter message: not for this server, which has done its part.
    func send(_ message: ClusterMessage)

    /// Sends an answer to the server that asked.
    /// - Parameters:
    ///   - message: an answer.
    ///   - server: as it was named with the question.
    func send(_ message: ClusterMessage, to server: String)

    /// How many servers have this namespace, this one included.
    /// - Throws: when that cannot be found out.
    func serverCount() async throws -> Int

    /// The namespace or the server ends.
    func close()
}

/// What servers of a cluster tell each other about one namespace.
public enum ClusterMessage: Sendable {
    /// Send an event to the sockets meant.
    case broadcast(ClusterEvent, ClusterTarget)
    /// The same, and send back `clientCount` at once, and `clientAck` for each ack.
    case broadcastWithAck(ClusterEvent, ClusterTarget, request: String)
    /// So many sockets got the event.
    case clientCount(Int, request: String)
    /// A client's ack.
    case clientAck(EventArguments, request: String)
    /// Make the sockets meant do something.
    case wish(SocketWish, ClusterTarget)
    /// Send back `sockets` with the sockets meant.
    case fetchSockets(ClusterTarget, request: String)
    /// Sockets of a server.
    case sockets([ClusterSocket], request: String)
    /// An event for the servers themselves; with a request, one answer is wanted.
    case serverSideEvent(ClusterEvent, request: String?)
    /// The answer to an event for the servers.
    case serverSideAck(EventArguments, request: String)
}

/// An event as servers pass it on.
public struct ClusterEvent: Sendable {
    /// The event's name.
    public var name: String
    /// Its arguments.
    public var arguments: EventArguments
    /// Not to clients that cannot take it at once.
    public var isVolatile: Bool
    /// May be compressed, where compression is on.
    public var isCompressed: Bool
    /// How long clients may take for an ack.
    public var timeout: Duration?

    /// Makes an event.
    /// - Parameters:
    ///   - name: the event's name.
    ///   - arguments: its arguments.
    ///   - isVolatile: not to clients that cannot take it at once.
    ///   - isCompressed: may be compressed.
    ///   - timeout: how long clients may take for an ack.
    public init(
        name: String, arguments: EventArguments, isVolatile: Bool = false, isCompressed: Bool = true,
        timeout: Duration? = nil
    ) {
        self.name = name
        self.arguments = arguments
        self.isVolatile = isVolatile
        self.isCompressed = isCompressed
        self.timeout = timeout
    }
}

/// Which sockets are meant: the members of rooms (all sockets if there are none), less those of others.
public struct ClusterTarget: Sendable, Hashable {
    /// Names of rooms, or ids of sockets.
    public var rooms: [String]
    /// Names of rooms, or ids of sockets.
    public var except: [String]

    /// Makes a target.
    /// - Parameters:
    ///   - rooms: names of rooms, or ids of sockets.
    ///   - except: names of rooms, or ids of sockets.
    public init(rooms: [String], except: [String]) {
        self.rooms = rooms
        self.except = except
    }
}

/// A socket as servers tell each other about it.
public struct ClusterSocket: Sendable {
    /// The socket's public name.
    public var id: String
    /// The rooms that it is in, its own id included.
    public var rooms: [String]
    /// What the client said when it connected.
    public var handshake: HandshakeRecord
    /// What the application keeps with it, as JSON by the names of its keys.
    public var data: [String: RawJSON]

    /// Makes a description.
    /// - Parameters:
    ///   - id: the socket's public name.
    ///   - rooms: the rooms that it is in.
    ///   - handshake: what the client said when it connected.
    ///   - data: what the application keeps with it.
    public init(id: String, rooms: [String], handshake: HandshakeRecord, data: [String: RawJSON]) {
        self.id = id
        self.rooms = rooms
        self.handshake = handshake
        self.data = data
    }
}

/// Other servers of a cluster could not be asked, or did not answer.
public enum ClusterError: Error, Sendable, CustomStringConvertible {
    /// Some servers did not answer in time; those that did are counted.
    case timeout(answered: Int, expected: Int)
    /// The adapter failed.
    case unavailable(String)

    /// What happened, in words.
    public var description: String {
        switch self {
        case .timeout(let answered, let expected):
            "\(expected - answered) of \(expected) other servers did not answer in time"
        case .unavailable(let reason): "the other servers cannot be asked: \(reason)"
        }
    }
}

/// A namespace as an adapter sees it. From any thread.
public struct ClusterNamespace: Sendable {
    /// Begins with a slash.
    public let name: String
    let cluster: NamespaceCluster

    /// Takes a message from another server.
    /// - Parameters:
    ///   - message: what it says.
    ///   - server: names the sender, for an answer.
    public func receive(_ message: ClusterMessage, from server: String) {
        cluster.receive(message, from: server)
    }

    /// Calls back when rooms of this server begin and end: for adapters that subscribe to each.
    /// - Parameter handler: must not block.
    public func onRoomEvent(_ handler: @escaping @Sendable (RoomEvent) -> Void) {
        cluster.namespace?.onRoomEvent(handler)
    }
}
