import Synchronization

/// What carries messages between processes: named channels that publish bytes.
///
/// Delivery is at most once, as with any publish and subscribe: what is published while the bus is down is lost.
protocol Bus: Sendable {
    /// Begins to deliver messages of these channels and patterns (`bars:*`) to `receive`, in order of each channel.
    func start(channels: [String], patterns: [String], receive: @escaping @Sendable (BusMessage) -> Void)
    /// Before `start`: says who is to be told when the bus brings nothing (at its start, or because it is lost), and
    /// when it brings everything again. A bus that never lacks anything tells nobody.
    func onHearing(_ told: @escaping @Sendable (_ hears: Bool) -> Void)
    func stop()
    /// Publishes a message. It comes back to every node that listens, this one too.
    /// - Throws: what keeps it from going out; it may have gone out all the same when a connection ended meanwhile.
    func publish(_ message: BusMessage) async throws
    /// How it stands, as far as is known without asking, for `/health`.
    var health: BusHealth { get }
    /// How it stands, asked for now. Says so soon also when there is no answer.
    func check() async -> BusHealth
    /// What it did, for `/metrics`.
    var counts: BusCounts { get }
}

extension Bus {
    func check() async -> BusHealth { health }
    func onHearing(_ told: @escaping @Sendable (_ hears: Bool) -> Void) {}
}

/// A message of a channel.
struct BusMessage: Sendable {
    var channel: String
    var payload: [UInt8]
}

/// Whether messages can come in.
struct BusHealth: Sendable, Equatable {
    enum Status: String, Sendable {
        case ok
        case down
        case disabled
    }

    var status: Status
    /// Round trip of the last check, in milliseconds.
    var latency: Double?
    /// Why it is down, and what to do.
    var error: String?
    /// Messages that were dropped because they were too long for the connection.
    var tooLong = 0
}

/// What a bus did since it began.
struct BusCounts: Sendable, Equatable {
    /// Messages that went out.
    var published = 0
    /// Messages of which nobody knows whether they went out.
    var failed = 0
    /// Connections that were made.
    var connects = 0
}

/// The bus of a server that is alone: what is published in this process is received in it.
final class InProcessBus: Bus {
    private struct State {
        var receiver: (@Sendable (BusMessage) -> Void)?
        var published = 0
    }

    private let state = Mutex(State())

    func start(channels: [String], patterns: [String], receive: @escaping @Sendable (BusMessage) -> Void) {
        state.withLock { $0.receiver = receive }
    }

    func stop() { state.withLock { $0.receiver = nil } }

    /// Delivers a message at once, on the caller's thread.
    func publish(_ message: BusMessage) {
        let receiver = state.withLock { state in
            state.published += 1
            return state.receiver
        }
        receiver?(message)
    }

    var health: BusHealth { BusHealth(status: .disabled) }

    var counts: BusCounts { BusCounts(published: state.withLock { $0.published }) }
}
