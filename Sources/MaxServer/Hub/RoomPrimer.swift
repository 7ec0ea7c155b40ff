import SocketIO

/// Fills the memory of a room from the database, once, when the first client asks for it.
actor RoomPrimer {
    typealias Stored = [(event: String, key: String?, payload: RawJSON)]

    private enum Room {
        case loading(Task<Void, Never>)
        case filled
    }

    private let logs: RoomLogs
    private let patience: Duration
    private let load: @Sendable (_ room: String) async throws -> Stored
    private let failed: @Sendable (any Error) -> Void
    private var rooms: [String: Room] = [:]
    /// Whether the last that is known of the database is that it does not answer.
    private var isFailing = false

    /// - Parameters:
    ///   - patience: how long a client waits for the database; then it gets what is in memory.
    ///   - load: the messages that the database has of a room, oldest first.
    ///   - failed: told once for all failures until something could be loaded again.
    init(
        _ logs: RoomLogs, patience: Duration = .seconds(1),
        load: @escaping @Sendable (String) async throws -> Stored,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        (self.logs, self.patience, self.load, self.failed) = (logs, patience, load, failed)
    }

    /// Returns when the rooms are filled, or cannot be, or it takes too long. What cannot be is tried again when the
    /// next client asks; what takes long goes on.
    func prime(_ names: [String]) async {
        for name in names where rooms[name] == nil && rooms.count < RoomLogs.roomLimit {
            rooms[name] = .loading(Task { await fill(name) })
        }
        let loading = names.compactMap { name -> Task<Void, Never>? in
            guard case .loading(let task) = rooms[name] else { return nil }
            return task
        }
        guard !loading.isEmpty else { return }
        do {
            try await answer(of: "the database", within: patience) {
                for task in loading { await task.value }
            }
        } catch let error as NoAnswer {
            tell(error)
        } catch {}
    }

    private func fill(_ name: String) async {
        do {
            let stored = try await load(name)
            isFailing = false
            logs.prime(name, with: stored)
            // Clients make names up: nothing is kept of a room of which nothing is stored.
            rooms[name] = stored.isEmpty ? nil : .filled
        } catch {
            tell(error)
            rooms[name] = nil
        }
    }

    private func tell(_ error: any Error) {
        guard !isFailing else { return }
        isFailing = true
        failed(error)
    }

    /// How many rooms are filled, or being filled.
    var count: Int { rooms.count }
}
