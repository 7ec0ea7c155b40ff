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
    private let compression: PayloadCompression
    private let log: Log
    private let shared = Mutex(OutletCounts())

    /// - Parameter compression: with one, bars that are known together also go out together.
    init(_ commands: RedisCommands, compression: PayloadCompression = .none, log: Log) {
        (self.commands, self.compression, self.log) = (commands, compression, log)
    }

    var batch: Int { compression == .none ? 1 : 1_000 }

    var counts: OutletCounts { shared.withLock { $0 } }

    func publish(_ messages: [BusMessage]) async {
        let batches = compression == .none ? messages.map(BarBatch.init) : BarBatch.joined(messages)
        for batch in batches { await publish(batch) }
    }

    private func publish(_ batch: BarBatch) async {
        if case .down(_, let error) = commands.status.state { return drop(batch, error) }
        if commands.pendingCommands >= Self.most { await finish() }
        let payload = compression.compressed(batch.message.payload)
        let command = RedisCommand([Array("PUBLISH".utf8), Array(batch.message.channel.utf8), payload])
        do throws(RedisError) {
            try commands.send(command) { [self] result in
                switch result {
                case .success: confirm(batch)
                case .failure(let error): drop(batch, "\(error)")
                }
            }
        } catch { drop(batch, "\(error)") }
    }

    func finish() async { _ = try? await commands.ping(within: Self.patience) }

    private func confirm(_ batch: BarBatch) {
        shared.withLock { counts in
            counts.published += batch.count
            counts.lastPublished = .now
        }
        log.debug("Published to \(batch.message.channel)")
    }

    private func drop(_ batch: BarBatch, _ reason: String) {
        shared.withLock { counts in
            counts.dropped += batch.count
            counts.lastError = reason
        }
    }
}
