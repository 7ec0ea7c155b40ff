import Database
import EngineNet
import RedisClient
import SocketIO
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `maxserver bars replay`: publishes stored bars once more, on Redis or by a running server.
struct ReplayTool {
    /// Why nothing is published.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// How long Redis may take to be there.
    private static let patience = Duration.seconds(1)

    let settings: Settings
    let log: Log
    /// Takes the line at the end.
    let output: (String) -> Void

    /// - Returns: the status that the process ends with: 1 where bars could not be published.
    func run(_ order: ReplayOrder) async throws -> Int32 {
        if case .sqlite(let path) = settings.database, !FileManager.default.fileExists(atPath: path) {
            throw Failure(description: "there is no database at \(path)")
        }
        return try await Store.use(settings, log: log) { database, loop in
            let store = BarStore(database: database)
            guard order.url == nil, let redis = settings.redis else {
                return try await replay(order, store, HTTPOutlet(settings, url: order.url, on: loop), loop)
            }
            var queue = RedisQueueLimits()
            queue.wait = Self.patience
            let commands = RedisCommands(
                url: redis, loop: loop,
                options: RedisOptions(clientName: "maxserver-bars") { [log] in log.told(of: $0) },
                queue: queue
            )
            commands.start()
            defer { commands.stop() }
            do { _ = try await commands.ping() } catch {
                throw Failure(description: "nothing is replayed: Redis at \(redis) does not answer: \(error)")
            }
            let compression = settings.barGenerator.compression
            let outlet = RedisOutlet(commands, compression: compression, log: log)
            return try await replay(order, store, outlet, loop)
        }
    }

    private func replay(_ order: ReplayOrder, _ store: BarStore, _ outlet: any BarOutlet, _ loop: EventLoop)
        async throws -> Int32
    {
        let progress = ReplayProgress()
        let start = ContinuousClock.now
        let bars = try await MergedBars(
            try await series(order, store), from: order.times.lowerBound.milliseconds
        ) { series, time, limit in
            try await store.page(series, after: time, to: order.times.upperBound, limit: limit)
        }
        let replay = BarReplay(
            bars: bars, speed: order.speed, batch: outlet.batch, clock: ContinuousClock(),
            publish: { try await outlet.publish($0) }, told: { progress.note($0) })
        let replaying = Task { try await replay.run() }
        let ending = EndSignal(on: loop)
        let watching = Task {
            await ending.arrived()
            replaying.cancel()
        }
        try await replaying.value
        let isWhole = !replaying.isCancelled
        watching.cancel()
        await outlet.finish()
        let counts = outlet.counts
        let place = progress.end().map { ", until \(Moment(milliseconds: $0).iso)" } ?? ""
        let tenths = ((ContinuousClock.now - start) / .milliseconds(100)).rounded() / 10
        let lost = counts.dropped > 0 ? ", \(counts.dropped.grouped) lost: \(counts.lastError ?? "")" : ""
        output(
            "\(counts.published.grouped) bars published\(place)\(isWhole ? "" : ", then told to end") in \(tenths) s\(lost)"
        )
        return counts.dropped == 0 ? 0 : 1
    }

    private func series(_ order: ReplayOrder, _ store: BarStore) async throws -> [BarSeries] {
        if let symbols = order.symbols, let resolutions = order.resolutions {
            let all = symbols.flatMap { symbol in
                resolutions.map { BarSeries(symbol: symbol, resolution: $0) }
            }
            return Array(Set(all))
        }
        return try await store.series().filter {
            order.symbols?.contains($0.symbol) ?? true && order.resolutions?.contains($0.resolution) ?? true
        }
    }
}

/// How far a replay is, and the line that tells it.
private final class ReplayProgress: Sendable {
    private struct Done: Sendable {
        var count = 0
        var last: Int64?
        var progress = ProgressLine()
    }

    private let state = Mutex(Done())

    func note(_ message: BarMessage) {
        state.withLock { done in
            done.count += 1
            done.last = message.bar.time
            let (count, time) = (done.count, message.bar.time)
            done.progress.show("\(count.grouped) bars, at \(Moment(milliseconds: time).iso)")
        }
    }

    /// - Returns: the time of the last bar.
    func end() -> Int64? {
        state.withLock { done in
            done.progress.clear()
            return done.last
        }
    }
}
