/// Publishes stored bars again, at the pace of their times or faster.
struct BarReplay<Time: Clock>: BarSource where Time.Duration == Duration {
    let bars: MergedBars
    /// How many times faster than they were; 0 for as fast as it goes.
    let speed: Double
    /// Bars that are published together where no pace is kept.
    var batch = 1
    let clock: Time
    /// Takes bars that are known together.
    let publish: @Sendable ([BusMessage]) async throws -> Void
    /// Gets every bar that was published.
    let told: @Sendable (BarMessage) -> Void

    /// The first bar goes out at once; it ends with the last, or when its task is cancelled.
    func run() async throws {
        var bars = bars
        let start = clock.now
        var first: Int64?
        var together: [BarMessage] = []
        while let message = try await bars.next() {
            guard !Task.isCancelled else { return }
            let origin = first ?? message.bar.time
            first = origin
            if speed > 0 {
                let due = start.advanced(by: Self.delay(message.bar.time - origin, speed: speed))
                if due > clock.now {
                    // The pace is what is asked for. It ends early only when the replay is cancelled.
                    do { try await clock.sleep(until: due, tolerance: nil) } catch { return }
                }
            }
            together.append(message)
            if speed > 0 || together.count >= batch { try await send(&together) }
        }
        try await send(&together)
    }

    private func send(_ bars: inout [BarMessage]) async throws {
        guard !bars.isEmpty else { return }
        try await publish(bars.compactMap(\.onBus))
        for bar in bars { told(bar) }
        bars = []
    }

    /// How long after the first bar one is due that began so many milliseconds later.
    static func delay(_ milliseconds: Int64, speed: Double) -> Duration {
        // Not more than a clock can add to its time.
        .seconds(min(Double(milliseconds) / 1_000 / speed, 1e9))
    }
}
