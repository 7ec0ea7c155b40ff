internal import EngineWire
internal import Synchronization

/// Does once what clients may ask for several times: what `retries` of socket.io-client needs of its server.
///
/// Such a client sends an event again when no answer came in time, over the same connection or the next. If it puts a
/// name of its own making into the event, the handler can tell an order from the same order again:
///
/// ```swift
/// let receipts = OnceOnly<String, Outcome>(limit: 10_000, keeping: .seconds(600))
/// io.onConnection { socket in
///     socket.on("pay once", String.self, Int.self) { name, amount in
///         try await receipts.answer(to: name) { await bank.pay(amount) }
///     }
/// }
/// ```
///
/// It keeps answers in memory, so it tells nothing apart after a restart of the server, or on another server. For any
/// thread.
public final class OnceOnly<Key: Hashable & Sendable, Answer: Sendable>: Sendable {
    fileprivate enum Entry {
        /// Somebody is at it; they wait for its answer, or for their turn to try.
        case underWay(waiting: [CheckedContinuation<Answer?, Never>])
        case done(Answer)
    }

    fileprivate struct State {
        var entries: [Key: Entry] = [:]
        /// What is done, oldest first.
        var done = FIFO<(key: Key, until: ContinuousClock.Instant)>()
    }

    private enum Next {
        case work
        case answer(Answer)
        case wait
        case full
    }

    private let limit: Int
    private let time: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: how many answers it keeps at most, with those on their way. Beyond it the oldest go.
    ///   - time: how long it keeps one: longer than the client goes on asking, `retries` × `ackTimeout`, and than a
    ///     connection may be lost meanwhile.
    public init(limit: Int, keeping time: Duration) {
        self.limit = limit
        self.time = time
    }

    /// How many answers it keeps, with those on their way.
    public var count: Int { state.withLock { $0.entries.count } }

    /// The answer to what `key` names: that of `work` the first time, and the same again later. Who asks while `work`
    /// runs waits for it.
    ///
    /// When `work` throws, nothing was done: the next who asks, or waits, tries again with its own.
    /// - Parameters:
    ///   - key: what the client calls it. Add whose it is, `"\(user)/\(name)"`, or clients can read each other's answers.
    ///   - work: what is to be done once.
    /// - Throws: what `work` throws; ``OnceOnlyFull`` when so many are on their way that there is no place for it.
    public func answer(to key: Key, _ work: () async throws -> Answer) async throws -> Answer {
        while true {
            switch begin(key) {
            case .answer(let answer): return answer
            case .full: throw OnceOnlyFull()
            case .wait: if let answer = await wait(for: key) { return answer }
            case .work:
                do {
                    let answer = try await work()
                    finish(key, answer)
                    return answer
                } catch {
                    finish(key, nil)
                    throw error
                }
            }
        }
    }

    private func begin(_ key: Key) -> Next {
        let now = ContinuousClock.now
        return state.withLock { state in
            while let oldest = state.done.first, oldest.until <= now { state.forgetOldest() }
            switch state.entries[key] {
            case .done(let answer): return .answer(answer)
            case .underWay: return .wait
            case nil:
                if state.entries.count >= limit { state.forgetOldest() }
                guard state.entries.count < limit else { return .full }
                state.entries[key] = .underWay(waiting: [])
                return .work
            }
        }
    }

    /// - Returns: the answer of who is at it; nil when that failed.
    private func wait(for key: Key) async -> Answer? {
        await withCheckedContinuation { continuation in
            let (isOver, answer) = state.withLock { state -> (Bool, Answer?) in
                switch state.entries[key] {
                case .underWay(let waiting):
                    state.entries[key] = .underWay(waiting: waiting + [continuation])
                    return (false, nil)
                case .done(let answer): return (true, answer)
                case nil: return (true, nil)
                }
            }
            if isOver { continuation.resume(returning: answer) }
        }
    }

    private func finish(_ key: Key, _ answer: Answer?) {
        let waiting = state.withLock { state -> [CheckedContinuation<Answer?, Never>] in
            guard case .underWay(let waiting) = state.entries.removeValue(forKey: key) else { return [] }
            if let answer {
                state.entries[key] = .done(answer)
                state.done.append((key, .now + time))
            }
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: answer) }
    }
}

extension OnceOnly.State {
    fileprivate mutating func forgetOldest() {
        if let oldest = done.popFirst() { entries[oldest.key] = nil }
    }
}

/// So many answers of a ``OnceOnly`` are on their way that there is no place for another.
public struct OnceOnlyFull: Error, Sendable, CustomStringConvertible {
    public var description: String {
        "too many answers are on their way: try again later, or raise OnceOnly's limit"
    }
}
