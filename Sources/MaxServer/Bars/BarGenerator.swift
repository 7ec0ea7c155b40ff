import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes up live bars, so that a server with nothing configured has something to show.
struct BarGenerator: Sendable {
    struct Settings: Sendable {
        var interval = Duration.seconds(2)
        var symbols = ["AAPL", "GOOGL", "MSFT"]
        var resolutions = ["1", "5", "D"].compactMap(Resolution.init)
    }

    /// Bars of the past that each series begins with.
    static let backfill = 240

    let settings: Settings
    let publish: @Sendable (BusMessage) -> Void

    /// Publishes until its task is cancelled: first the recent past, then a bar of each series in every interval.
    func run() async {
        var walks = settings.symbols.map {
            MarketWalk(symbol: $0, resolutions: settings.resolutions, seed: Self.seed())
        }
        for i in walks.indices { fillPast(&walks[i], settings.symbols[i]) }
        while !Task.isCancelled {
            do { try await Task.sleep(for: settings.interval) } catch { return }
            let now = Self.now()
            for i in walks.indices {
                let elapsed =
                    settings.interval.components.seconds * 1_000
                    + settings.interval.components.attoseconds / 1_000_000_000_000_000
                for (resolution, bar) in walks[i].step(to: now, elapsed: max(1, elapsed)) {
                    send(settings.symbols[i], resolution, bar)
                }
            }
        }
    }

    /// Walks from the start of the oldest bar to now: coarse steps far back, minutes where minute bars begin.
    private func fillPast(_ walk: inout MarketWalk, _ symbol: String) {
        let now = Self.now()
        let oldest = settings.resolutions.map(\.milliseconds).max() ?? 60_000
        let finest = settings.resolutions.map(\.milliseconds).min() ?? 60_000
        var time = now - oldest * Int64(Self.backfill)
        var finished: [Resolution: Bar] = [:]
        while time < now {
            // Twenty steps for the bars that are wanted at this distance; at least the finest where those begin.
            let wanted = settings.resolutions.map(\.milliseconds).filter {
                now - time <= $0 * Int64(Self.backfill)
            }.min()
            let step = max(finest / 4, min((wanted ?? oldest) / 20, 3_600_000), 1_000)
            for (resolution, bar) in walk.step(to: time, elapsed: step) {
                if let last = finished[resolution], last.time != bar.time,
                    now - last.time <= resolution.milliseconds * Int64(Self.backfill)
                {
                    send(symbol, resolution, last)
                }
                finished[resolution] = bar
            }
            time += step
        }
        for (resolution, bar) in finished { send(symbol, resolution, bar) }
    }

    private func send(_ symbol: String, _ resolution: Resolution, _ bar: Bar) {
        let message = BarMessage(symbol: symbol, resolution: resolution.name, bar: bar)
        guard let payload = try? RawJSON(encoding: message) else { return }
        publish(BusMessage(channel: "bars:\(symbol):\(resolution.name)", payload: payload.bytes))
    }

    private static func now() -> Int64 { Int64(Date.now.timeIntervalSince1970 * 1_000) }

    private static func seed() -> UInt64 { UInt64(now()) }
}
