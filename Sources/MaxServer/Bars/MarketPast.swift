/// The made-up past of a symbol: what its walk does until live bars begin. Pure.
struct MarketPast: Sendable {
    /// Bars of the past that a new series begins with.
    static let beginning = 240
    /// Bars that are made up at most for the time in which nobody made any.
    static let longestGap = 1_440

    /// A bar of a series.
    struct Entry: Sendable, Equatable {
        var resolution: Resolution
        var bar: Bar
    }

    /// The last bar of each series that is stored; empty for a new market.
    let stored: [Resolution: Bar]
    let resolutions: [Resolution]

    /// The bar that began last, of the finest resolution among equals: nothing is known of a later time.
    static func newest(of bars: [Resolution: Bar]) -> Entry? {
        let newest = bars.max {
            ($0.value.time, -$0.key.milliseconds) < ($1.value.time, -$1.key.milliseconds)
        }
        return newest.map { Entry(resolution: $0.key, bar: $0.value) }
    }

    /// Takes the walk from where the stored bars end, or from the start of the oldest bar of a new market, to now:
    /// coarse steps far back, fractions of the finest bar where those are wanted.
    /// - Returns: the bars that are new or have changed, each when it is over, those that are not over at the end.
    func walk(_ walk: inout MarketWalk, to now: Int64) -> [Entry] {
        let lengths = resolutions.map(\.milliseconds)
        guard let finest = lengths.min(), let coarsest = lengths.max() else { return [] }
        let most = Int64(stored.isEmpty ? Self.beginning : Self.longestGap)
        var time = now - coarsest * most
        if let newest = Self.newest(of: stored) {
            time = max(time, newest.bar.time + newest.resolution.milliseconds)
        }
        var entries: [Entry] = []
        var current: [Resolution: Bar] = [:]
        while time < now {
            // Twenty steps for the bars that are wanted at this distance; four at least for the finest.
            let wanted = lengths.filter { now - time <= $0 * most }.min() ?? coarsest
            let step = max(finest / 4, min(wanted / 20, 3_600_000), 1_000)
            for (resolution, bar) in walk.step(to: time, elapsed: step) {
                if let last = current[resolution], last.time != bar.time,
                    now - last.time <= resolution.milliseconds * most
                {
                    entries.append(Entry(resolution: resolution, bar: last))
                }
                current[resolution] = bar
            }
            time += step
        }
        for resolution in resolutions {
            if let bar = current[resolution] { entries.append(Entry(resolution: resolution, bar: bar)) }
        }
        return entries
    }

    /// Bars of a resolution, made of finer ones of the same symbol, oldest first.
    static func merge(_ bars: [Bar], to resolution: Resolution) -> [Bar] {
        var merged: [Bar] = []
        for bar in bars {
            let start = resolution.start(of: bar.time)
            if let last = merged.indices.last, merged[last].time == start {
                merged[last].add(bar)
            } else {
                var first = bar
                first.time = start
                merged.append(first)
            }
        }
        return merged
    }
}

extension Bar {
    /// Adds a later bar.
    fileprivate mutating func add(_ later: Bar) {
        high = max(high, later.high)
        low = min(low, later.low)
        close = later.close
        volume += later.volume
    }
}
