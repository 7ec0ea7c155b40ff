import Foundation
import SocketIO
import Synchronization
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Bars that are replayed` {
    private static let minute = BarSeries(symbol: "A", resolution: "1")
    private static let five = BarSeries(symbol: "A", resolution: "5")
    private static let other = BarSeries(symbol: "B", resolution: "1")

    @Test(arguments: [1, 2, 3, 100])
    func `come in the order of their times, the shorter first`(pageSize: Int) async throws {
        let bars = try await merged(
            [Self.other: [60, 120, 180], Self.five: [0, 300], Self.minute: [0, 60, 120, 240, 300]], pageSize)
        let expected = [
            "A:1@0", "A:5@0", "A:1@60", "B:1@60", "A:1@120", "B:1@120", "B:1@180", "A:1@240", "A:1@300",
            "A:5@300",
        ]
        #expect(try await all(bars) == expected)
    }

    @Test func `come in order from many series`() async throws {
        var random = SplitMix(state: 9)
        var series: [BarSeries: [Int64]] = [:]
        for number in 0..<60 {
            let times = Set((0..<20).map { _ in Int64(random.next() % 1_000) }).sorted()
            series[BarSeries(symbol: "S\(number)", resolution: "1")] = times
        }
        var bars = try await merged(series, 3)
        var times: [Int64] = []
        while let bar = try await bars.next() { times.append(bar.bar.time / 1_000) }
        #expect(times == series.values.flatMap { $0 }.sorted())
    }

    @Test func `are none where nothing is stored`() async throws {
        #expect(try await all(merged([:], 5)).isEmpty)
        #expect(try await all(merged([Self.minute: []], 5)).isEmpty)
    }

    @Test func `pages are read when they are needed`() async throws {
        let reads = Journal<Int64>()
        var bars = try await MergedBars([Self.minute], from: 0, pageSize: 2) { _, after, limit in
            reads.append(after)
            return (0..<100).map { Bar(time: $0, price: 1, volume: 1) }.filter { $0.time > after }.prefix(
                limit
            )
            .map { $0 }
        }
        _ = try await bars.next()
        #expect(reads.all == [-1])
        _ = try await bars.next()
        #expect(reads.all == [-1, 1])
    }

    @Test(
        arguments: [
            (1, [0, 60, 300, 300]), (60, [0, 1, 5, 5]), (0.5, [0, 120, 600, 600]), (0, [0, 0, 0, 0]),
        ] as [(Double, [Int])])
    func `keep the pace of their times`(speed: Double, seconds: [Int]) async throws {
        let clock = StoryClock()
        let bars = try await merged([Self.minute: [1_000, 1_060, 1_300], Self.other: [1_300]], 10)
        let published = Journal<(Int, String)>()
        try await BarReplay(
            bars: bars, speed: speed, clock: clock,
            publish: { messages in
                for message in messages {
                    published.append((Int(clock.now.time / .seconds(1)), message.channel))
                }
            }, told: { _ in }
        ).run()
        #expect(published.all.map(\.0) == seconds)
        #expect(published.all.map(\.1) == ["bars:A:1", "bars:A:1", "bars:A:1", "bars:B:1"])
    }

    @Test func `go out together, in order, where no pace is kept`() async throws {
        let (published, told) = (Journal<Int>(), Journal<Int64>())
        let times = Array(Int64(0)..<2_001)
        try await BarReplay(
            bars: try await merged([Self.minute: times], 100), speed: 0, batch: 1_000,
            clock: ContinuousClock(),
            publish: { published.append($0.count) }, told: { told.append($0.bar.time / 1_000) }
        ).run()
        #expect(published.all == [1_000, 1_000, 1] && told.all == times)
    }

    @Test func `do not wait where publishing has taken too long`() async throws {
        let clock = StoryClock()
        let times = Journal<Int>()
        try await BarReplay(
            bars: try await merged([Self.minute: [0, 60, 120]], 10), speed: 1, clock: clock,
            publish: { _ in
                times.append(Int(clock.now.time / .seconds(1)))
                clock.advance(by: .seconds(100))
            }, told: { _ in }
        ).run()
        #expect(times.all == [0, 100, 200])
    }

    @Test func `end when their task is cancelled, also while it waits`() async throws {
        let told = Journal<Int64>()
        let bars = try await merged([Self.minute: [0, 9_999_999]], 10)
        let replay = Task {
            try await BarReplay(
                bars: bars, speed: 1, clock: ContinuousClock(), publish: { _ in },
                told: { told.append($0.bar.time) }
            ).run()
        }
        #expect(await told.waitFor(1).count == 1)
        replay.cancel()
        try await replay.value
        #expect(told.count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `are read from the store, between two times`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { scene in
            let store = BarStore(database: scene.database)
            let recorder = MarketRecorder(database: scene.database, log: Log("test", level: .error))
            for series in [Self.minute, Self.five] {
                for time in 0..<5 {
                    recorder.record(try message(series, Int64(time) * 1_000))
                }
            }
            await recorder.close()
            #expect(try await store.series() == [Self.minute, Self.five])
            let bars = try await MergedBars(try await store.series(), from: 1_000, pageSize: 2) {
                try await store.page($0, after: $1, to: Moment(milliseconds: 3_000), limit: $2)
            }
            #expect(try await all(bars) == ["A:1@1", "A:5@1", "A:1@2", "A:5@2", "A:1@3", "A:5@3"])
        }
    }

    private func message(_ series: BarSeries, _ time: Int64) throws -> RoutedMessage {
        let bar = BarMessage(
            symbol: series.symbol, resolution: series.resolution, bar: Bar(time: time, price: 1, volume: 1))
        let onBus = try #require(bar.onBus)
        for route in ChannelRoute.builtIn {
            guard let captures = route.channel.match(onBus.channel) else { continue }
            return try #require(
                try RoutedMessage.read(onBus.payload, captures: captures, route: route, now: .now).first)
        }
        throw CancellationError()
    }

    /// - Parameter series: the seconds at which bars begin.
    private func merged(_ series: [BarSeries: [Int64]], _ pageSize: Int) async throws -> MergedBars {
        try await MergedBars(Array(series.keys), from: 0, pageSize: pageSize) { one, after, limit in
            let times = (series[one] ?? []).map { $0 * 1_000 }.filter { $0 > after }.prefix(limit)
            return times.map { Bar(time: $0, price: 1, volume: 1) }
        }
    }

    private func all(_ bars: MergedBars) async throws -> [String] {
        var bars = bars
        var names: [String] = []
        while let message = try await bars.next() {
            names.append("\(message.symbol):\(message.resolution)@\(message.bar.time / 1_000)")
        }
        return names
    }
}

/// A clock on which sleeping takes no time, and its own time passes.
private final class StoryClock: Clock {
    struct Instant: InstantProtocol {
        var time = Duration.zero
        func advanced(by duration: Duration) -> Instant { Instant(time: time + duration) }
        func duration(to other: Instant) -> Duration { other.time - time }
        static func < (one: Instant, other: Instant) -> Bool { one.time < other.time }
    }

    private let time = Mutex(Instant())

    var now: Instant { time.withLock { $0 } }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        time.withLock { $0 = max($0, deadline) }
    }

    func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}
