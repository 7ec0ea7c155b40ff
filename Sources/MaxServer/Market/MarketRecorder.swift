import Database
import EngineNet
import SocketIO
import Synchronization

/// Stores what the bus says of prices: candles of sectors, and bars.
///
/// What has not the shape that a table needs is passed on to clients all the same, and counted.
final class MarketRecorder: Sendable {
    private struct CandleMessage: Decodable, Sendable {
        struct Candle: Decodable, Sendable {
            var timestamp: Moment
            var value: Double?
            var open: Double?
            var high: Double?
            var low: Double?
            var close: Double?
            var volume: Double?
        }

        var sectorId: String
        var candle: Candle
    }

    private let candles: WriteBehind
    private let bars: WriteBehind
    private let unsuitable = Atomic<Int>(0)

    init(database: any Database, log: Log) {
        let troubles = TroubleLog(log)
        candles = Self.writer(CandleRow.table, database, log, troubles)
        bars = Self.writer(BarRow.table, database, log, troubles)
    }

    private static func writer(
        _ table: KeyedTable, _ database: any Database, _ log: Log, _ troubles: TroubleLog
    ) -> WriteBehind {
        WriteBehind(
            table, into: database,
            badRow: { batch, error in
                log.warning("a row was refused", ["table": batch.table.name, "error": "\(error)"])
            },
            trouble: { error, _ in troubles.tell(error) })
    }

    /// Messages that the tables have no columns for.
    var unsuitableCount: Int { unsuitable.load(ordering: .relaxed) }

    /// By table.
    var counts: [(table: String, counts: WriteBehindCounts)] {
        [("sector_candles", candles.counts), ("bars", bars.counts)]
    }

    func record(_ message: RoutedMessage) {
        switch message.event {
        case "sector:candle_update": recordCandle(message.payload)
        case "bar:update": recordBar(message.payload)
        default: break
        }
    }

    private func recordCandle(_ payload: RawJSON) {
        guard let message = try? ArgumentDecoder().decode(CandleMessage.self, from: payload.bytes),
            let value = message.candle.value ?? message.candle.close
        else {
            unsuitable.add(1, ordering: .relaxed)
            return
        }
        let candle = message.candle
        candles.add(
            CandleRow(
                sector: message.sectorId,
                candle: SectorCandle(
                    timestamp: candle.timestamp, value: value, open: candle.open, high: candle.high,
                    low: candle.low, close: candle.close, volume: candle.volume)))
    }

    private func recordBar(_ payload: RawJSON) {
        guard let message = try? ArgumentDecoder().decode(BarMessage.self, from: payload.bytes),
            Moment(checking: message.bar.time) != nil
        else {
            unsuitable.add(1, ordering: .relaxed)
            return
        }
        bars.add(BarRow(symbol: message.symbol, resolution: message.resolution, bar: message.bar))
    }

    /// Stores what waits.
    func close() async {
        await candles.close(within: .seconds(5))
        await bars.close(within: .seconds(5))
    }

    func flush() async {
        await candles.flush()
        await bars.flush()
    }
}

/// One line when a trouble begins, and one now and then while it lasts.
private final class TroubleLog: Sendable {
    private static let interval = Duration.seconds(10)

    private let log: Log
    private let quietUntil = Mutex<ContinuousClock.Instant?>(nil)

    init(_ log: Log) { self.log = log }

    func tell(_ error: SQLError) {
        let isQuiet = quietUntil.withLock { until in
            let now = ContinuousClock.now
            if let time = until, now < time { return true }
            until = now + Self.interval
            return false
        }
        guard !isQuiet else { return }
        log.warning("rows wait, because the database does not take them", ["error": "\(error)"])
    }
}
