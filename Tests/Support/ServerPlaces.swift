import Dispatch
import Synchronization

/// Lets a few tests at a time have a server: hundreds of loops at once would only wait for each other's CPU.
private actor ServerPlaces {
    static let shared = ServerPlaces(8)

    /// Whether the test has a place; further servers of its need none. If they waited, the clients of the first would
    /// be silent meanwhile.
    @TaskLocal static var isHeld = false

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// The threads of tests that have a server. Hundreds of tests compute on those that all tasks share; a client that
/// took its turn behind them would be silent for longer than a server waits.
private final class ServerTestThreads: TaskExecutor {
    static let shared = ServerTestThreads()

    private let threads = (0..<4).map { DispatchQueue(label: "tests with servers, \($0)") }
    private let turns = Atomic(0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let turn = turns.wrappingAdd(1, ordering: .relaxed).newValue
        threads[turn & 3].async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Runs `test` when it may have a server.
package func withServerPlace(_ test: () async throws -> Void) async throws {
    guard !ServerPlaces.isHeld else { return try await test() }
    await ServerPlaces.shared.take()
    let result = await ServerPlaces.$isHeld.withValue(true) {
        await withTaskExecutorPreference(ServerTestThreads.shared) { await Result { try await test() } }
    }
    await ServerPlaces.shared.giveBack()
    try result.get()
}

extension Result where Failure == any Error {
    /// What `body` returns or throws.
    package init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
