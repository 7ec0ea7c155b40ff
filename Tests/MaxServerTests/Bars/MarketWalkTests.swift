import Testing

@testable import MaxServer

@Suite struct `Resolutions` {
    @Test(
        arguments: [
            ("1", 60_000), ("5", 300_000), ("60", 3_600_000), ("240", 14_400_000), ("1440", 86_400_000),
            ("D", 86_400_000),
            ("1D", 86_400_000),
        ] as [(String, Int64)])
    func `are minutes that divide a day, or a day`(name: String, milliseconds: Int64) {
        #expect(Resolution(name)?.milliseconds == milliseconds)
        #expect(Resolution(name)?.name == (milliseconds == 86_400_000 ? "D" : name))
    }

    /// Names are parts of channels: each resolution has one.
    @Test(arguments: [
        "", "0", "-1", "7", "1441", "2880", "1.5", "d", "W", "1 ", "m", "999999999999999999999", "+5", "05",
    ])
    func `that are not are refused`(name: String) {
        #expect(Resolution(name) == nil)
    }

    @Test func `a bar begins at a multiple of its length`() throws {
        let five = try #require(Resolution("5"))
        #expect(five.start(of: 1_736_937_000_000) == 1_736_937_000_000)
        #expect(five.start(of: 1_736_937_299_999) == 1_736_937_000_000)
        #expect(five.start(of: 1_736_937_300_000) == 1_736_937_300_000)
        #expect(five.start(of: -1) == -300_000 && five.start(of: -300_000) == -300_000)
    }
}

@Suite struct `Made-up markets` {
    /// A Wednesday's midnight.
    private static let start: Int64 = 1_736_899_200_000

    @Test func `a bar of five minutes is its five bars of a minute`() {
        let bars = walk(minutes: 600)
        for five in bars["5"] ?? [] {
            let minutes = (bars["1"] ?? []).filter { $0.time >= five.time && $0.time < five.time + 300_000 }
            #expect(minutes.count == 5)
            #expect(five == aggregated(minutes))
        }
        #expect(bars["5"]?.count == 120)
    }

    @Test func `a day is all its minutes`() {
        let bars = walk(minutes: 1_440)
        #expect(bars["D"]?.count == 1)
        #expect(bars["D"]?.first == aggregated(bars["1"] ?? []))
    }

    @Test func `prices lie between low and high, and each bar opens where the last closed`() {
        let bars = walk(minutes: 300)["1"] ?? []
        for bar in bars {
            #expect(bar.high >= max(bar.open, bar.close) && bar.low <= min(bar.open, bar.close))
            #expect(bar.low > 0 && bar.volume > 0)
        }
        for (last, next) in zip(bars, bars.dropFirst()) {
            #expect(next.open == last.close && next.time == last.time + 60_000)
        }
    }

    @Test func `the same seed gives the same bars, another seed or symbol others`() {
        #expect(walk(minutes: 30) == walk(minutes: 30))
        #expect(walk(minutes: 30) != walk(minutes: 30, seed: 8))
        #expect(walk(minutes: 30) != walk(minutes: 30, symbol: "MSFT"))
    }

    @Test func `prices have two decimals`() {
        for bar in walk(minutes: 60)["1"] ?? [] {
            #expect([bar.open, bar.high, bar.low, bar.close].allSatisfy { ($0 * 100).rounded() / 100 == $0 })
        }
    }

    @Test func `a walk of many long steps stays above nothing`() {
        var market = MarketWalk(symbol: "X", resolutions: [], seed: 1)
        for i in 0..<20_000 { _ = market.step(to: Self.start + Int64(i) * 86_400_000, elapsed: 86_400_000) }
        #expect(market.price >= 0.01 && market.price.isFinite)
    }

    /// The finished bars of each resolution, from steps of ten seconds.
    private func walk(minutes: Int, symbol: String = "AAPL", seed: UInt64 = 7) -> [String: [Bar]] {
        var market = MarketWalk(
            symbol: symbol, resolutions: ["1", "5", "D"].compactMap(Resolution.init), seed: seed)
        var bars: [String: [Bar]] = [:]
        for step in 0..<(minutes * 6) {
            for (resolution, bar) in market.step(to: Self.start + Int64(step) * 10_000, elapsed: 10_000) {
                if bars[resolution.name]?.last?.time == bar.time { bars[resolution.name]?.removeLast() }
                bars[resolution.name, default: []].append(bar)
            }
        }
        return bars
    }

    private func aggregated(_ bars: [Bar]) -> Bar? {
        guard let first = bars.first else { return nil }
        return bars.dropFirst().reduce(first) { whole, bar in
            var whole = whole
            whole.high = max(whole.high, bar.high)
            whole.low = min(whole.low, bar.low)
            whole.close = bar.close
            whole.volume += bar.volume
            return whole
        }
    }
}

@Suite struct `Random numbers of the market` {
    /// The first numbers of SplitMix64 for seed 1234567, as published with it.
    @Test func `are those of SplitMix64`() {
        var random = SplitMix(state: 1_234_567)
        let numbers = (0..<3).map { _ in random.next() }
        #expect(numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test func `lie between 0 and 1, or around 0 with deviation 1`() {
        var random = SplitMix(state: 1)
        let units = (0..<10_000).map { _ in random.nextUnit() }
        let normals = (0..<10_000).map { _ in random.nextNormal() }
        #expect(units.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(units.reduce(0, +) / 10_000 - 0.5) < 0.02)
        #expect(abs(normals.reduce(0, +) / 10_000) < 0.05)
        #expect(abs(normals.reduce(0) { $0 + $1 * $1 } / 10_000 - 1) < 0.05)
    }
}
