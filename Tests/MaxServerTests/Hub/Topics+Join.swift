import SocketIO

@testable import MaxServer

extension Topics {
    /// Takes a client into rooms, as a subscription does.
    func join(_ socket: Socket, _ rooms: String...) {
        enter(socket.id)
        for room in rooms { _ = admit(socket.id, to: room) }
        socket.join(rooms)
    }
}
