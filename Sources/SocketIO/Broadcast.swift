internal import EngineIO

/// An event for many sockets, being addressed: `io.to("room").except("other").emit("tick", 1)`.
///
/// A value: each step returns a new one and changes nothing. From any thread.
public struct Broadcast: Sendable {
    let namespace: Namespace
    var target = BroadcastTarget()

    /// Adds rooms (or socket ids); a socket in several of them gets the event once.
    public func to(_ rooms: String...) -> Broadcast { to(rooms) }

    /// Adds rooms (or socket ids).
    public func to(_ rooms: [String]) -> Broadcast {
        var next = self
        next.target.rooms += rooms
        return next
    }

    /// Leaves out the members of rooms (or sockets by their ids).
    public func except(_ rooms: String...) -> Broadcast { except(rooms) }

    /// Leaves out the members of rooms (or sockets by their ids).
    public func except(_ rooms: [String]) -> Broadcast {
        var next = self
        next.target.excepted += rooms
        return next
    }

    /// Leaves out clients that cannot take the event at once: for values that a newer one replaces soon.
    public var volatile: Broadcast {
        var next = self
        next.target.isVolatile = true
        return next
    }

    /// Sends the event; it is encoded once for all receivers.
    /// - Throws: `EncodingError` for what JSON cannot say.
    public func emit<each Value: Encodable & Sendable>(_ event: String, _ values: repeat each Value) throws {
        emit(event, try EncodedArguments(repeat each values))
    }

    /// Sends the event with arguments as they came from a client.
    public func emit(_ event: String, _ arguments: EventArguments) {
        emit(event, EncodedArguments(arguments))
    }

    func emit(_ event: String, _ arguments: EncodedArguments) {
        ReservedEvents.precondition(event)
        var packet: [UInt8] = []
        PacketEncoder.appendEvent(event, arguments, namespace: namespace.name, to: &packet)
        let message = PreparedMessage(textPacket: packet.span, attachments: arguments.attachments)
        let target = target
        namespace.onEachLoop { $0.send(message, to: target) }
    }

    /// Makes the sockets join rooms.
    public func socketsJoin(_ rooms: String...) {
        forEachSocket { socket in for room in rooms { socket.join(room) } }
    }

    /// Makes the sockets leave rooms.
    public func socketsLeave(_ rooms: String...) {
        forEachSocket { socket in for room in rooms { socket.leave(room) } }
    }

    /// Disconnects the sockets.
    /// - Parameter close: also close their connections, which other namespaces may use.
    public func disconnectSockets(close: Bool = false) {
        forEachSocket { $0.disconnect(close: close) }
    }

    private func forEachSocket(_ action: @escaping @Sendable (Socket) -> Void) {
        let target = target
        namespace.onEachLoop { shard in for socket in shard.members(target) { action(socket) } }
    }
}

/// Events that the library itself sends: an application that used their names would confuse every client.
enum ReservedEvents {
    private static let names: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    static func precondition(_ event: String) {
        Swift.precondition(
            event.utf8.count > 14 || !names.contains(event), "\"\(event)\" is a reserved event name")
    }
}
