import Synchronization

/// Lets one message of each key pass in an interval: the first at once, and at the end of the interval the newest of
/// those that came meanwhile. Bounded in keys; beyond that messages pass as they come.
final class Conflator: Sendable {
    typealias Message = @Sendable () -> Void

    /// By key: what waits for the end of its interval; nil when nothing has come since its beginning.
    private let waiting = Mutex<[String: Message?]>([:])
    private let keyLimit: Int

    init(keyLimit: Int = 100_000) { self.keyLimit = keyLimit }

    /// - Parameter emit: sends the message.
    func add(_ key: String, interval: Duration, _ emit: @escaping Message) {
        let isFirst = waiting.withLock { waiting in
            guard waiting[key] == nil else {
                waiting[key] = .some(emit)
                return false
            }
            guard waiting.count < keyLimit else { return true }
            waiting.updateValue(nil, forKey: key)
            Task { [self] in await end(key, interval) }
            return true
        }
        if isFirst { emit() }
    }

    private func end(_ key: String, _ interval: Duration) async {
        while true {
            try? await Task.sleep(for: interval)
            let newest = waiting.withLock { waiting -> Message? in
                guard let message = waiting[key] ?? nil else {
                    waiting[key] = nil
                    return nil
                }
                waiting.updateValue(nil, forKey: key)
                return message
            }
            guard let newest else { return }
            newest()
        }
    }
}
