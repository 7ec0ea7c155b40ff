/// The listeners of a socket that few sockets have. Made with the first of them.
final class SocketExtras {
    typealias EventListener = @Sendable (ReceivedEvent) -> Void
    typealias OutgoingListener = @Sendable (String, EventArguments) -> Void
    typealias DisconnectListener = @Sendable (DisconnectReason, String?) -> Void

    var any = Listeners<EventListener>()
    var outgoing = Listeners<OutgoingListener>()
    var middlewares: [EventHandler] = []
    var disconnecting = Listeners<DisconnectListener>()
    var disconnected = Listeners<DisconnectListener>()
    var errors = Listeners<@Sendable (any Error, ReceivedEvent) -> Void>()
    /// What waits for the socket to be connected.
    var early: [EarlyEvent] = []
    var streams: [AsyncStream<ReceivedEvent>.Continuation] = []

    func remove(_ listener: Listener) {
        any.remove(listener)
        outgoing.remove(listener)
        disconnecting.remove(listener)
        disconnected.remove(listener)
        errors.remove(listener)
    }

    /// Nothing follows for those who read events.
    func finishStreams() {
        for stream in exchange(&streams, with: []) { stream.finish() }
    }
}
