import Synchronization

/// What carries messages between processes: named channels that publish bytes.
///
/// Delivery is at most once, as with any publish and subscribe: what is published while the bus is down is lost.
protocol Bus: Sendable {
    /// Begins to deliver messages of these channels and patterns (`bars:*`) to `receive`, in order of each channel.
    func start(channels: [String], patterns: [String], receive: @escaping @Sendable (BusMessage) -> Void)
    func stop()
    /// Publishes a message. It comes back to every node that listens, this one too.
    /// - Throws: what keeps it from going out; it may have gone out all the same when a connection ended meanwhile.
    func publish(_ message: BusMessage) async throws
    /// How it stands, for `/health`.
    var health: BusHealth { get }
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

/// The bus of a server that is alone: what is published in this process is received in it.
final class InProcessBus: Bus {
    private let receiver = Mutex<(@Sendable (BusMessage) -> Void)?>(nil)

    func start(channels: [String], patterns: [String], receive: @escaping @Sendable (BusMessage) -> Void) {
        receiver.withLock { $0 = receive }
    }

    func stop() { receiver.withLock { $0 = nil } }

    /// Delivers a message at once, on the caller's thread.
    func publish(_ message: BusMessage) { receiver.withLock { $0 }?(message) }

    var health: BusHealth { BusHealth(status: .disabled) }
}
