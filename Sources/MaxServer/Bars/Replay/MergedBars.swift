import SocketIO

/// Bars of several series in the order of their times, read page by page: of each series a few are in memory.
struct MergedBars: Sendable {
    /// Bars in memory, of all series together, more or less.
    private static let most = 50_000

    /// Reads bars of a series behind a time, oldest first, as many at most.
    typealias Page = @Sendable (BarSeries, _ after: Int64, _ limit: Int) async throws -> [Bar]

    private struct Lane: Sendable {
        var series: BarSeries
        /// The next is the last.
        var waiting: [Bar]
        /// Whether the last page was full, so that more may follow.
        var hasMore: Bool
    }

    private let page: Page
    private let pageSize: Int
    private var lanes: [Lane] = []
    /// The lanes that have bars, as a heap: the next bar is that of the first.
    private var heap: [Int] = []

    /// - Parameter start: the first time that counts.
    init(_ series: [BarSeries], from start: Int64, pageSize: Int? = nil, page: @escaping Page) async throws {
        self.page = page
        self.pageSize = pageSize ?? max(16, min(1_000, Self.most / max(1, series.count)))
        for one in series.sorted(by: Self.isBefore) {
            var lane = Lane(series: one, waiting: [], hasMore: true)
            try await fill(&lane, after: start - 1)
            lanes.append(lane)
            if !lane.waiting.isEmpty { push(lanes.count - 1) }
        }
    }

    /// The next bar of all; nil when there are no more.
    mutating func next() async throws -> BarMessage? {
        guard let first = heap.first, let bar = lanes[first].waiting.popLast() else { return nil }
        if lanes[first].waiting.isEmpty, lanes[first].hasMore {
            try await fill(&lanes[first], after: bar.time)
        }
        if lanes[first].waiting.isEmpty {
            heap.swapAt(0, heap.count - 1)
            heap.removeLast()
        }
        sink()
        let series = lanes[first].series
        return BarMessage(symbol: series.symbol, resolution: series.resolution, bar: bar)
    }

    private func fill(_ lane: inout Lane, after time: Int64) async throws {
        let bars = try await page(lane.series, time, pageSize)
        lane.waiting = bars.reversed()
        lane.hasMore = bars.count == pageSize
    }

    /// Of bars that begin together the shorter come first, as they do in a market.
    private static func isBefore(_ one: BarSeries, _ other: BarSeries) -> Bool {
        let lengths = [one, other].map { Resolution($0.resolution)?.milliseconds ?? .max }
        return (one.symbol, lengths[0], one.resolution) < (other.symbol, lengths[1], other.resolution)
    }

    // MARK: The heap

    private func isBefore(_ one: Int, _ other: Int) -> Bool {
        let times = [one, other].map { lanes[heap[$0]].waiting.last?.time ?? .max }
        return (times[0], heap[one]) < (times[1], heap[other])
    }

    private mutating func push(_ lane: Int) {
        heap.append(lane)
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Moves the first to its place.
    private mutating func sink() {
        var parent = 0
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, first) {
                first = child
            }
            guard first != parent else { return }
            heap.swapAt(parent, first)
            parent = first
        }
    }
}
