internal import Synchronization

/// An event from another server of the cluster.
public struct ServerSideEvent: Sendable {
    /// The event's name.
    public let name: String
    /// What the server sent with it.
    public let arguments: EventArguments
    /// Answers the server; nil when it does not wait.
    public let ack: ServerSideAck?
}

/// Another server's wait for an answer. It is answered at most once: what follows is ignored.
public final class ServerSideAck: Sendable {
    private let reply: Mutex<(@Sendable (EventArguments) -> Void)?>

    init(_ reply: @escaping @Sendable (EventArguments) -> Void) { self.reply = Mutex(reply) }

    /// Answers with values. From any thread.
    /// - Parameter values: the answer.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func send<each Value: Encodable & Sendable>(_ values: repeat each Value) throws {
        let arguments = EventArguments(try EncodedArguments(repeat each values))
        reply.withLock { exchange(&$0, with: nil) }?(arguments)
    }
}

/// What runs for events of other servers.
struct ServerSideHandlers {
    var byName: [String: [@Sendable (ServerSideEvent) -> Void]] = [:]
}

extension Namespace {
    /// Calls back for each event of this name that another server of the cluster sends to this namespace.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - handler: must not block.
    public func onServerSide(_ event: String, _ handler: @escaping @Sendable (ServerSideEvent) -> Void) {
        setup.withLock { $0.serverSide.byName[event, default: []].append(handler) }
    }

    /// Sends an event to the other servers of the cluster, not to their clients.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    /// - Throws: `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func serverSideEmit<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value
    ) throws {
        let event = try Self.serverSide(event, repeat each values)
        cluster?.serverSideEmit(event)
    }

    /// Sends an event to the other servers of the cluster and waits for an answer of each.
    /// - Parameters:
    ///   - event: the event's name.
    ///   - values: its arguments.
    ///   - timeout: how long the servers may take together; nil for 5 seconds.
    /// - Returns: the arguments of each answer; none if there is no other server.
    /// - Throws: `ClusterError`, `ReservedEventName`, or `EncodingError` for what JSON cannot say.
    public func serverSideEmitWithAck<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value, timeout: Duration? = nil
    ) async throws -> [EventArguments] {
        let event = try Self.serverSide(event, repeat each values)
        return try await cluster?.serverSideEmitWithAck(event, timeout: timeout) ?? []
    }

    private static func serverSide<each Value: Encodable & Sendable>(
        _ event: String, _ values: repeat each Value
    ) throws -> ClusterEvent {
        try ReservedEventName.check(event)
        return ClusterEvent(
            name: event, arguments: EventArguments(try EncodedArguments(repeat each values)))
    }

    func receivedServerSide(_ event: ClusterEvent, _ ack: ServerSideAck?) {
        let handlers = setup.withLock { $0.serverSide.byName[event.name] } ?? []
        let received = ServerSideEvent(name: event.name, arguments: event.arguments, ack: ack)
        for handler in handlers { handler(received) }
    }
}
