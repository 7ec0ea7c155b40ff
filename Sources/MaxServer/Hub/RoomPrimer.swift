import SocketIO

/// Fills the memory of a room from the database, once, when the first client asks for it.
actor RoomPrimer {
    typealias Stored = [(event: String, key: String?, payload: RawJSON)]

    private let logs: RoomLogs
    private let load: @Sendable (_ room: String) async throws -> Stored
    private let failed: @Sendable (_ room: String, any Error) -> Void
    private var tasks: [String: Task<Void, Never>] = [:]

    /// - Parameter load: the messages that the database has of a room, oldest first.
    init(
        _ logs: RoomLogs, load: @escaping @Sendable (String) async throws -> Stored,
        failed: @escaping @Sendable (String, any Error) -> Void
    ) {
        (self.logs, self.load, self.failed) = (logs, load, failed)
    }

    /// Returns when the rooms are filled, or cannot be: then the next client's question tries again.
    func prime(_ rooms: [String]) async {
        for room in rooms where tasks[room] == nil && tasks.count < RoomLogs.roomLimit {
            tasks[room] = Task {
                do {
                    let stored = try await load(room)
                    logs.prime(room, with: stored)
                    // Clients make names up: nothing is kept of a room of which nothing is stored.
                    if stored.isEmpty { forget(room) }
                } catch {
                    failed(room, error)
                    forget(room)
                }
            }
        }
        for room in rooms { await tasks[room]?.value }
    }

    /// How many rooms are filled, or being filled.
    var count: Int { tasks.count }

    private func forget(_ room: String) { tasks[room] = nil }
}
