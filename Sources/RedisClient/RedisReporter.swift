internal import EngineNet

/// A line for the log.
package enum RedisNews: Sendable, Hashable, CustomStringConvertible {
    /// Redis is lost or cannot be reached, or sent what cannot be taken.
    case trouble(String)
    /// It is back.
    case back(String)

    package var description: String {
        switch self {
        case .trouble(let line), .back(let line): line
        }
    }
}

/// Writes the lines for the log: one when Redis is lost, one when it is back, and none of a flood of either.
package struct RedisReporter: Sendable {
    private let place: String
    private let interval: Duration
    private var lossReportedAt: ContinuousClock.Instant?
    /// The last error heard of, reported or not.
    private var lastError: String?
    /// A loss was held back because another was reported just before; it is told once that is long enough ago.
    private var owesLoss = false
    private var wasLive = false
    private var returnIsDue = false
    private var unreported = 0

    /// - Parameter place: the URL, in the form that shows no password.
    package init(place: String, interval: Duration) {
        self.place = place
        self.interval = interval
    }

    /// The line that a change of state deserves, if any. To be asked again while the state stays: a line may be late.
    package mutating func line(from old: RedisState, to new: RedisState, at now: ContinuousClock.Instant)
        -> RedisNews?
    {
        switch new {
        case .stopped, .connecting: return nil
        case .down(let since, let error):
            let isNews = error != lastError || old == .live
            if isNews {
                lastError = error
                owesLoss = true
                if old == .live { wasLive = true }
            }
            guard owesLoss else { return nil }
            if let lossReportedAt, now - lossReportedAt < interval {
                if isNews { unreported += 1 }
                return nil
            }
            // What is told late was counted when it was held back.
            if !isNews { unreported -= 1 }
            owesLoss = false
            lossReportedAt = now
            returnIsDue = true
            let what = wasLive ? "Redis at \(place) is lost" : "Redis at \(place) cannot be reached"
            wasLive = false
            let long = now - since >= .seconds(1) ? ", for \(Self.rounded(now - since)) now" : ""
            let more = unreported > 0 ? "; \(unreported) more of such were not reported" : ""
            unreported = 0
            // Redis may say in an error what it likes.
            return .trouble(LogText.line("\(what)\(long): \(error); trying again\(more)"))
        case .live:
            (owesLoss, wasLive, lastError) = (false, false, nil)
            guard returnIsDue else { return nil }
            returnIsDue = false
            guard case .down(let since, _) = old else { return nil }
            return .back("Redis at \(place) is back after \(Self.rounded(now - since))")
        }
    }

    private static func rounded(_ time: Duration) -> String {
        let milliseconds = time / .milliseconds(1)
        return milliseconds < 10_000 ? "\(Int(milliseconds)) ms" : "\(Int(milliseconds / 1_000)) s"
    }
}
