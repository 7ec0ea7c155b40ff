import SocketIO

/// Makes up live bars, so that a server with nothing configured has something to show.
struct BarGenerator: BarSource {
    struct Settings: Sendable {
        var interval = Duration.seconds(2)
        var symbols = ["AAPL", "GOOGL", "MSFT"]
        var resolutions = ["1", "5", "D"].compactMap(Resolution.init)
        /// Where the process that only makes up bars tells its health.
        var port = 8_001
        /// What the commands do that publish bars on Redis.
        var compression = PayloadCompression.none

        var startLine: String {
            "Bar generator started for symbols: [\(symbols.map { "'\($0)'" }.joined(separator: ", "))]"
        }
    }

    let settings: Settings
    /// Where the bars were stored that are to be continued; nil to begin anew.
    let store: BarStore?
    let log: Log
    /// Takes bars that are known together.
    let publish: @Sendable ([BusMessage]) async -> Void

    /// Publishes until its task is cancelled: first the past that is missing, then a bar of each series in every
    /// interval.
    func run() async {
        var walks: [MarketWalk] = []
        for symbol in settings.symbols {
            guard !Task.isCancelled else { return }
            walks.append(await begin(symbol))
        }
        let elapsed = max(1, Int64(settings.interval / .milliseconds(1)))
        while !Task.isCancelled {
            do { try await Task.sleep(for: settings.interval) } catch { return }
            let now = Moment.now.milliseconds
            for i in walks.indices {
                await send(settings.symbols[i], walks[i].step(to: now, elapsed: elapsed))
            }
        }
    }

    /// Publishes the past that a symbol lacks.
    /// - Returns: its walk, as it stands now.
    private func begin(_ symbol: String) async -> MarketWalk {
        let now = Moment.now
        var stored: [Resolution: Bar] = [:]
        do {
            stored = try await store?.newest(symbol, settings.resolutions, at: now) ?? [:]
            for (resolution, bars) in try await missing(symbol, stored, now) {
                await send(symbol, bars.map { (resolution, $0) })
                stored[resolution] = bars.last
            }
        } catch {
            log.warning("made-up bars begin anew", ["symbol": symbol, "error": "\(error)"])
            stored = [:]
        }
        var walk = MarketWalk(
            symbol: symbol, resolutions: settings.resolutions, seed: UInt64(clamping: now.milliseconds),
            continuing: stored)
        let past = MarketPast(stored: stored, resolutions: settings.resolutions)
        await send(symbol, past.walk(&walk, to: now.milliseconds).map { ($0.resolution, $0.bar) })
        return walk
    }

    /// The past of resolutions that are new, made of stored bars of a finer one.
    private func missing(_ symbol: String, _ stored: [Resolution: Bar], _ now: Moment) async throws
        -> [(Resolution, [Bar])]
    {
        guard let store else { return [] }
        var made: [(Resolution, [Bar])] = []
        let most = 5_000
        for resolution in settings.resolutions where stored[resolution] == nil {
            let finer = stored.keys.filter { resolution.milliseconds % $0.milliseconds == 0 }
            guard let finest = finer.min(by: { $0.milliseconds < $1.milliseconds }) else { continue }
            let bars = try await store.bars(symbol, finest.name, from: nil, to: now, limit: most)
            // The oldest may lack its beginning.
            made.append(
                (
                    resolution,
                    Array(MarketPast.merge(bars, to: resolution).dropFirst(bars.count < most ? 0 : 1))
                ))
        }
        return made
    }

    private func send(_ symbol: String, _ bars: [(Resolution, Bar)]) async {
        await publish(
            bars.compactMap { resolution, bar in
                BarMessage(symbol: symbol, resolution: resolution.name, bar: bar).onBus
            })
    }
}
