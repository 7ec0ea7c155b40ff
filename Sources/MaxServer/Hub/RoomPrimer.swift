import SocketIO

/// Fills the memory of a room from the database, when the first client asks for it, and again when the room was
/// forgotten meanwhile, or when messages of it may be missing.
actor RoomPrimer {
    typealias Stored = [(event: String, key: String?, payload: RawJSON)]

    /// Rooms that are read at the same time. Clients make names up, and the database has others to serve.
    static let loadsAtOnce = 16

    private let logs: RoomLogs
    private let patience: Duration
    private let isStored: @Sendable (_ room: String) -> Bool
    private let load: @Sendable (_ room: String) async throws -> Stored
    private let failed: @Sendable (any Error) -> Void
    private var loading: [String: Task<Void, Never>] = [:]
    private var running = 0
    /// Those that wait until fewer are read.
    private var queue: [CheckedContinuation<Void, Never>] = []
    /// Whether the last that is known of the database is that it does not answer.
    private var isFailing = false

    /// - Parameters:
    ///   - patience: how long a client waits for the database; then it gets what is in memory.
    ///   - isStored: whether the database may have messages of a room, by its name alone.
    ///   - load: the messages that the database has of a room, oldest first.
    ///   - failed: told once for all failures until something could be loaded again.
    init(
        _ logs: RoomLogs, patience: Duration = .seconds(1),
        isStored: @escaping @Sendable (String) -> Bool = { _ in true },
        load: @escaping @Sendable (String) async throws -> Stored,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        (self.logs, self.patience, self.isStored) = (logs, patience, isStored)
        (self.load, self.failed) = (load, failed)
    }

    /// Returns when the rooms are filled, or cannot be, or it takes too long. What cannot be is tried again when the
    /// next client asks; what takes long goes on.
    func prime(_ names: [String]) async {
        let tasks = names.compactMap { task(for: $0) }
        guard !tasks.isEmpty else { return }
        do {
            try await answer(of: "the database", within: patience) {
                for task in tasks { await task.value }
            }
        } catch let error as NoAnswer {
            tell(error)
        } catch {}
    }

    /// What fills a room; nil for one that needs no filling, or while too many are being filled.
    private func task(for name: String) -> Task<Void, Never>? {
        if let task = loading[name] { return task }
        guard loading.count < RoomLogs.roomLimit, isStored(name), !logs.isFilled(name) else { return nil }
        let task = Task { await fill(name) }
        loading[name] = task
        return task
    }

    private func fill(_ name: String) async {
        await enter()
        defer { leave() }
        do {
            var stored: Stored
            repeat {
                logs.expect(name)
                stored = try await load(name)
                isFailing = false
            } while !logs.prime(name, with: stored)
        } catch {
            logs.stopExpecting(name)
            tell(error)
        }
        loading[name] = nil
    }

    private func enter() async {
        if running < Self.loadsAtOnce {
            running += 1
        } else {
            await withCheckedContinuation { queue.append($0) }
        }
    }

    /// Whoever waits longest takes the place.
    private func leave() {
        if queue.isEmpty { running -= 1 } else { queue.removeFirst().resume() }
    }

    private func tell(_ error: any Error) {
        guard !isFailing else { return }
        isFailing = true
        failed(error)
    }
}
