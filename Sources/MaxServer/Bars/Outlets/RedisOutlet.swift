import RedisClient
import SocketIO
import Synchronization

/// Publishes on channels of Redis without waiting for each message. What cannot go out now is dropped and counted: a
/// bar that is late is worth nothing, because the next one says more.
final class RedisOutlet: BarOutlet {
    /// Messages under way; more wait until these are confirmed.
    private static let most = 1_000

    /// How long they are waited for.
    private static let patience = Duration.seconds(2)

    private let commands: RedisCommands
    private let log: Log
    private let shared = Mutex(OutletCounts())

    init(_ commands: RedisCommands, log: Log) { (self.commands, self.log) = (commands, log) }

    var counts: OutletCounts { shared.withLock { $0 } }

    func publish(_ message: BusMessage) async {
        if case .down(_, let error) = commands.status.state { return drop(error) }
        if commands.pendingCommands >= Self.most { await finish() }
        let command = RedisCommand([Array("PUBLISH".utf8), Array(message.channel.utf8), message.payload])
        do throws(RedisError) {
            try commands.send(command) { [self] result in
                switch result {
                case .success: confirm(message.channel)
                case .failure(let error): drop("\(error)")
                }
            }
        } catch { drop("\(error)") }
    }

    func finish() async { _ = try? await commands.ping(within: Self.patience) }

    private func confirm(_ channel: String) {
        shared.withLock { counts in
            counts.published += 1
            counts.lastPublished = .now
        }
        log.debug("Published to \(channel)")
    }

    private func drop(_ reason: String) {
        shared.withLock { counts in
            counts.dropped += 1
            counts.lastError = reason
        }
    }
}
