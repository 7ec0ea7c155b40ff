/// Publishes stored bars again, at the pace of their times or faster.
struct BarReplay<Time: Clock>: BarSource where Time.Duration == Duration {
    let bars: MergedBars
    /// How many times faster than they were; 0 for as fast as it goes.
    let speed: Double
    let clock: Time
    let publish: @Sendable (BusMessage) async throws -> Void
    /// Gets every bar that was published.
    let told: @Sendable (BarMessage) -> Void

    /// The first bar goes out at once; it ends with the last, or when its task is cancelled.
    func run() async throws {
        var bars = bars
        let start = clock.now
        var first: Int64?
        while let message = try await bars.next() {
            guard !Task.isCancelled else { return }
            let origin = first ?? message.bar.time
            first = origin
            if speed > 0 {
                let due = start.advanced(by: Self.delay(message.bar.time - origin, speed: speed))
                if due > clock.now {
                    do { try await clock.sleep(until: due, tolerance: nil) } catch { return }
                }
            }
            if let onBus = message.onBus { try await publish(onBus) }
            told(message)
        }
    }

    /// How long after the first bar one is due that began so many milliseconds later.
    static func delay(_ milliseconds: Int64, speed: Double) -> Duration {
        // Not more than a clock can add to its time.
        .seconds(min(Double(milliseconds) / 1_000 / speed, 1e9))
    }
}
