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
        let waiting = TroubleLog("rows wait, because the database does not take them", log)
        let refused = TroubleLog("the database refused a row", log)
        (candles, bars) = (
            Self.writer(CandleRow.table, database, waiting, refused),
            Self.writer(BarRow.table, database, waiting, refused)
        )
    }

    private static func writer(
        _ table: KeyedTable, _ database: any Database, _ waiting: TroubleLog, _ refused: TroubleLog
    ) -> WriteBehind {
        WriteBehind(
            table, into: database, badRow: { batch, error in refused.tell(error, table: batch.table.name) },
            trouble: { error, _ in waiting.tell(error) })
    }

    /// Messages that lack what the tables need, or have what those cannot hold.
    var unsuitableCount: Int { unsuitable.load(ordering: .relaxed) }

    /// By table.
    var counts: [(table: String, counts: WriteBehindCounts)] {
        [("sector_candles", candles.counts), ("bars", bars.counts)]
    }

    func record(_ message: RoutedMessage) {
        switch message.event {
        case "sector:candle_update": recordCandle(message.payload)
        case "bar:update": recordBar(message)
        default: break
        }
    }

    private func recordCandle(_ payload: RawJSON) {
        guard let message = try? ArgumentDecoder().decode(CandleMessage.self, from: payload.bytes),
            let value = message.candle.value ?? message.candle.close, Self.isName(message.sectorId)
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

    private func recordBar(_ routed: RoutedMessage) {
        guard let message = try? ArgumentDecoder().decode(BarMessage.self, from: routed.payload.bytes),
            Moment(checking: message.bar.time) != nil
        else {
            unsuitable.add(1, ordering: .relaxed)
            return
        }
        // Where it is delivered, it is found again: the channel says whose bar it is.
        let symbol = routed.captures["symbol"] ?? message.symbol
        let resolution = routed.captures["resolution"] ?? message.resolution
        guard Symbol.isSymbol(symbol), Self.isName(resolution) else {
            unsuitable.add(1, ordering: .relaxed)
            return
        }
        bars.add(BarRow(symbol: symbol, resolution: resolution, bar: message.bar))
    }

    /// Of a text that can be part of a key, in bytes: both databases have bounds.
    static let nameLength = 1...400

    /// Whether a text can be part of a key. Postgres has no NUL.
    private static func isName(_ text: String) -> Bool {
        nameLength.contains(text.utf8.count) && !text.utf8.contains(0)
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

    private let line: String
    private let log: Log
    private let quietUntil = Mutex<ContinuousClock.Instant?>(nil)

    init(_ line: String, _ log: Log) { (self.line, self.log) = (line, log) }

    func tell(_ error: SQLError, table: String? = nil) {
        let isQuiet = quietUntil.withLock { until in
            let now = ContinuousClock.now
            if let time = until, now < time { return true }
            until = now + Self.interval
            return false
        }
        guard !isQuiet else { return }
        log.warning(table.map { "\(line) of \($0)" } ?? line, ["error": "\(error)"])
    }
}
