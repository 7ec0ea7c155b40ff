internal import EngineIO

/// The members of a room on one loop: sessions for the fan-out, and at the same places their sockets.
@safe
final class Room {
    let name: String
    @exclusivity(unchecked) var sessions: ContiguousArray<Unmanaged<Session>> = unsafe []
    @exclusivity(unchecked) var sockets: ContiguousArray<Unmanaged<Socket>> = unsafe []

    // Proof of safety: a member leaves its rooms before its namespace lets go of it, so what is listed is alive.

    init(_ name: String) { self.name = name }

    /// Appends a member and returns its place.
    func add(_ socket: Socket) -> Int {
        unsafe sessions.append(.passUnretained(socket.session))
        unsafe sockets.append(.passUnretained(socket))
        return unsafe sockets.count - 1
    }

    /// Marks all members as reached or excepted in a broadcast.
    func mark(_ mark: UInt64) {
        for i in unsafe sessions.indices {
            unsafe sessions[i]._withUnsafeGuaranteedRef { $0.broadcastMark = mark }
        }
    }

    /// Removes the member at `place`; the last one takes its place.
    /// - Returns: the member that moved, if one did.
    func remove(at place: Int) -> Socket? {
        let last = unsafe sockets.count - 1
        unsafe sessions.swapAt(place, last)
        unsafe sockets.swapAt(place, last)
        unsafe sessions.removeLast()
        unsafe sockets.removeLast()
        return place == last ? nil : unsafe sockets[place].takeUnretainedValue()
    }
}
