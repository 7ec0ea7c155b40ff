import Testing

@testable import MaxServer

@Suite struct `The past of made-up markets` {
    private static let resolutions = ["1", "5", "D"].compactMap(Resolution.init)
    /// A Wednesday, a quarter past two.
    private static let now: Int64 = 1_736_950_500_000
    private static let minute: Int64 = 60_000

    @Test func `of a new one has 240 bars of each resolution, and the one that is not over`() {
        let bars = past(stored: [:], to: Self.now)
        for name in ["1", "5", "D"] { #expect((240...241).contains(bars[name]?.count ?? 0)) }
        #expect(bars["1"]?.last?.time == Self.now - Self.minute)
    }

    @Test func `begins where the stored bars end, and is one series with them`() throws {
        let before = past(stored: [:], to: Self.now)
        let after = past(stored: newest(of: before), to: Self.now + 90 * Self.minute)
        for (name, bars) in after {
            let stored = try #require(before[name])
            let begun = Set(bars.map(\.time)).intersection(stored.map(\.time))
            // Only the bar that was not over is stored again.
            #expect(begun.count <= 1 && (begun.first ?? stored.last?.time) == stored.last?.time)
            let series = stored.filter { !begun.contains($0.time) } + bars
            for (last, next) in zip(series, series.dropFirst()) {
                let resolution = try #require(Resolution(name))
                #expect(next.time == last.time + resolution.milliseconds && next.open == last.close)
            }
        }
    }

    @Test(arguments: [1, 3, 8, 61, 600])
    func `resolutions agree across a restart`(gap: Int64) throws {
        let before = past(stored: [:], to: Self.now)
        let after = past(stored: newest(of: before), to: Self.now + gap * Self.minute)
        let minutes = joined(before["1"] ?? [], after["1"] ?? [])
        for five in joined(before["5"] ?? [], after["5"] ?? []).suffix(40).dropLast() {
            let parts = minutes.filter { $0.time >= five.time && $0.time < five.time + 5 * Self.minute }
            #expect(parts.count == 5 && [five] == MarketPast.merge(parts, to: Self.resolutions[1]))
        }
        #expect(joined(before["D"] ?? [], after["D"] ?? []).last?.close == minutes.last?.close)
    }

    @Test func `is not filled beyond a day of minutes`() {
        let before = past(stored: [:], to: Self.now)
        let after = past(stored: newest(of: before), to: Self.now + 10 * 1_440 * Self.minute)
        #expect((1_440...1_441).contains(after["1"]?.count ?? 0))
        #expect(
            (1_440...1_441).contains(after["5"]?.count ?? 0) && (10...11).contains(after["D"]?.count ?? 0))
    }

    @Test func `adds nothing to a bar that is not over`() {
        let before = past(stored: [:], to: Self.now)
        #expect(past(stored: newest(of: before), to: Self.now).isEmpty)
        #expect(!past(stored: newest(of: before), to: Self.now + 1).isEmpty)
    }

    @Test func `a market goes on at its last price, and with the bars that are not over`() {
        let day = Bar(time: Self.resolutions[2].start(of: Self.now), price: 9, volume: 5)
        let minute = Bar(time: Self.now, open: 9, high: 12, low: 9, close: 12, volume: 7)
        var walk = MarketWalk(
            symbol: "A", resolutions: Self.resolutions, seed: 1,
            continuing: [Self.resolutions[0]: minute, Self.resolutions[2]: day])
        #expect(walk.price == 12)
        let bars = walk.step(to: Self.now + 1_000, elapsed: 1_000).map(\.1)
        #expect(bars[0].open == 9 && bars[0].high >= 12 && bars[0].volume >= 7)
        #expect(bars[1].open == 12 && bars[2].low <= 9 && bars[2].volume >= 5)
    }

    @Test func `bars are merged into longer ones, as far as they go`() {
        let bars = (3..<12).map { Bar(time: $0 * 60_000, price: Double($0), volume: 1) }
        let merged = MarketPast.merge(bars, to: Self.resolutions[1])
        #expect(merged.map(\.time) == [0, 300_000, 600_000] && merged.map(\.volume) == [2, 5, 2])
        #expect(merged[1] == Bar(time: 300_000, open: 5, high: 9, low: 5, close: 9, volume: 5))
    }

    private func past(stored: [Resolution: Bar], to now: Int64) -> [String: [Bar]] {
        var walk = MarketWalk(symbol: "AAPL", resolutions: Self.resolutions, seed: 3, continuing: stored)
        var bars: [String: [Bar]] = [:]
        for entry in MarketPast(stored: stored, resolutions: Self.resolutions).walk(&walk, to: now) {
            bars[entry.resolution.name, default: []].append(entry.bar)
        }
        return bars
    }

    private func newest(of bars: [String: [Bar]]) -> [Resolution: Bar] {
        var newest: [Resolution: Bar] = [:]
        for resolution in Self.resolutions { newest[resolution] = bars[resolution.name]?.last }
        return newest
    }

    /// As the database has them: the later bar of a time counts.
    private func joined(_ bars: [Bar], _ later: [Bar]) -> [Bar] {
        bars.filter { bar in !later.contains { $0.time == bar.time } } + later
    }
}
