/// Candles of a coarser resolution, made of finer ones. Pure.
enum CandleBuckets {
    /// - Parameter candles: oldest first.
    static func merge(_ candles: [SectorCandle], to resolution: Resolution) -> [SectorCandle] {
        var merged: [SectorCandle] = []
        for candle in candles {
            let start = Moment(milliseconds: resolution.start(of: candle.timestamp.milliseconds))
            if let last = merged.indices.last, merged[last].timestamp == start {
                merged[last].add(candle)
            } else {
                merged.append(SectorCandle(beginning: start, with: candle))
            }
        }
        return merged
    }
}

extension SectorCandle {
    fileprivate init(beginning start: Moment, with candle: SectorCandle) {
        self.init(
            timestamp: start, value: candle.value, open: candle.open ?? candle.value,
            high: candle.high ?? candle.value, low: candle.low ?? candle.value,
            close: candle.close ?? candle.value, volume: candle.volume)
    }

    /// Adds a later candle. This one has all prices, because it was made of one.
    fileprivate mutating func add(_ later: SectorCandle) {
        value = later.value
        high = max(high ?? later.value, later.high ?? later.value)
        low = min(low ?? later.value, later.low ?? later.value)
        close = later.close ?? later.value
        if let more = later.volume { volume = (volume ?? 0) + more }
    }
}
