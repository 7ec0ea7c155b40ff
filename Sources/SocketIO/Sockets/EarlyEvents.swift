internal import EngineIO

/// A middleware sent its socket more events than are kept until the socket is connected. The event was dropped.
public struct TooManyEarlyEvents: Error, Sendable, Hashable, CustomStringConvertible {
    /// Most events that are kept for a socket.
    public static let limit = 256

    /// What happened, in words.
    public var description: String {
        "the event was not sent: \(Self.limit) wait already for the socket to be connected"
    }
}

/// An event for a socket that is not connected yet.
struct EarlyEvent {
    var name: String
    var arguments: EncodedArguments
    var options: EmitOptions
    var ackID: Int?
}

/// What middlewares send to the socket that they are asked about. Clients keep events that come before they are told
/// that they are connected, some for ever: so the events wait here. On the loop.
extension Socket {
    /// Keeps an event until the socket is connected. If it is refused, the event is dropped.
    func keep(_ event: EarlyEvent) {
        guard isConnecting else { return }
        guard madeExtras.early.count < TooManyEarlyEvents.limit else {
            guard let id = event.ackID else {
                return client.context.failed(TooManyEarlyEvents(), event: event.name, socket: self)
            }
            acks.removeValue(forKey: id)?.finish(.failure(.tooManyPending))
            return
        }
        madeExtras.early.append(event)
    }

    func sendEarlyEvents() {
        guard let extras, !extras.early.isEmpty else { return }
        for event in exchange(&extras.early, with: []) {
            emitHere(event.name, event.arguments, event.options, ackID: event.ackID)
        }
    }
}
