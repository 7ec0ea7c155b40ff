/// A made-up price that moves like one: a random walk in steps of a minute and less, from which the bars of all
/// resolutions are made, so that they agree. Pure and repeatable: the seed and the times decide everything.
struct MarketWalk: Sendable {
    private var random: SplitMix
    private(set) var price: Double
    private var bars: [Resolution: Bar]
    /// The last price as bars have it; a new bar of any resolution opens there.
    private var lastPrice: Double?
    private let resolutions: [Resolution]

    /// - Parameter stored: the last bars of a walk that is to go on; those that are not over yet are added to.
    init(symbol: String, resolutions: [Resolution], seed: UInt64, continuing stored: [Resolution: Bar] = [:])
    {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in symbol.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        random = SplitMix(state: hash ^ seed)
        lastPrice = MarketPast.newest(of: stored)?.bar.close
        price = lastPrice ?? 50 + Double(hash % 40_000) / 100
        bars = stored
        self.resolutions = resolutions
    }

    /// Moves the price to `time` and returns the current bar of each resolution.
    /// - Parameter elapsed: milliseconds since the step before; a longer step moves further.
    mutating func step(to time: Int64, elapsed: Int64) -> [(Resolution, Bar)] {
        // 1 % a day for each hour's root of time, near enough to a share.
        let deviation = 0.012 * (Double(elapsed) / 23_400_000).squareRoot()
        price = max(0.01, price * (1 + deviation * random.nextNormal()))
        let rounded = (price * 100).rounded() / 100
        let volume = (200 + 800 * random.nextUnit() * (Double(elapsed) / 2_000).squareRoot()).rounded(.down)
        defer { lastPrice = rounded }
        return resolutions.map { resolution in
            let start = resolution.start(of: time)
            if var bar = bars[resolution], bar.time == start {
                bar.add(price: rounded, volume: volume)
                bars[resolution] = bar
                return (resolution, bar)
            }
            var bar = Bar(time: start, price: lastPrice ?? rounded, volume: 0)
            bar.add(price: rounded, volume: volume)
            bars[resolution] = bar
            return (resolution, bar)
        }
    }
}

/// SplitMix64: small, and the same on every machine.
struct SplitMix: Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// From 0 to 1.
    mutating func nextUnit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }

    /// Nearly normal with deviation 1: the sum of twelve uniform numbers.
    mutating func nextNormal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + nextUnit() } }
}
