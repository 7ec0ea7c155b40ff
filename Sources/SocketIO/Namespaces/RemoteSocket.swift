internal import EngineIO
internal import Synchronization

/// What a socket was when it was asked for, on whatever server of a cluster it is; and the way to it.
public struct RemoteSocket: Sendable {
    /// The socket's public name.
    public let id: String
    /// The rooms that it was in, its own id included.
    public let rooms: Set<String>
    /// What the client said when it connected.
    public let handshake: HandshakeRecord
    let data: SocketData
    let namespace: Namespace

    /// A value that the application keeps with the socket.
    /// - Parameter key: names the value and its type.
    public subscript<Value>(key: SocketKey<Value>) -> Value? { data[key] }

    private var itself: Broadcast { namespace.to(id) }

    /// Sends the socket an event.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(_ event: String, _ values: repeat each Value) throws {
        try itself.emit(event, repeat each values)
    }

    /// Sends the socket an event and waits for its ack.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    ///   - timeout: how long the client may take; nil for `SocketOptions.ackTimeout`.
    /// - Returns: the arguments of the ack.
    /// - Throws: `AckError`, `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func emitWithAck<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value, timeout: Duration? = nil
    ) async throws -> EventArguments {
        do {
            let replies = try await itself.timeout(timeout).emitWithAck(event, repeat each values)
            guard let reply = replies.first else { throw AckError.disconnected }
            return reply.arguments
        } catch is IncompleteReplies { throw AckError.timeout }
    }

    /// Makes the socket join rooms.
    /// - Parameter rooms: their names.
    public func join(_ rooms: String...) { itself.socketsJoin(rooms) }

    /// Makes the socket join rooms.
    /// - Parameter rooms: their names.
    public func join(_ rooms: [String]) { itself.socketsJoin(rooms) }

    /// Makes the socket leave rooms.
    /// - Parameter rooms: their names.
    public func leave(_ rooms: String...) { itself.socketsLeave(rooms) }

    /// Makes the socket leave rooms.
    /// - Parameter rooms: their names.
    public func leave(_ rooms: [String]) { itself.socketsLeave(rooms) }

    /// Disconnects the socket.
    /// - Parameter close: also close its connection, which other namespaces may use.
    public func disconnect(close: Bool = false) { itself.disconnectSockets(close: close) }
}

/// What an application keeps with a socket: values here, JSON from elsewhere.
enum SocketData: Sendable {
    case values([String: any Codable & Sendable])
    case json([String: RawJSON])

    subscript<Value>(key: SocketKey<Value>) -> Value? {
        switch self {
        case .values(let values): values[key.name] as? Value
        case .json(let values):
            values[key.name].flatMap { try? ArgumentDecoder().decode(Value.self, from: $0.bytes) }
        }
    }
}

extension Broadcast {
    /// The sockets meant, on all servers of a cluster unless `local`.
    /// - Throws: `ClusterError` when another server does not answer in time.
    public func fetchSockets() async throws -> [RemoteSocket] {
        var found: [RemoteSocket] = []
        for namespace in namespaces {
            found += await namespace.localSockets(target)
            if !isLocal, let cluster = namespace.cluster {
                found += try await cluster.fetchSockets(target, timeout: options.timeout)
            }
        }
        return found
    }
}

extension Namespace {
    func localSockets(_ target: BroadcastTarget) async -> [RemoteSocket] {
        await gather { [self] shard in
            shard.members(target).map { socket in
                RemoteSocket(
                    id: socket.id, rooms: socket.rooms, handshake: HandshakeRecord(socket.handshake),
                    data: .values(socket.storage.withLock { $0 }), namespace: self)
            }
        }.flatMap { $0 }
    }
}
