import RedisClient

extension RedisCommands {
    /// Asks whether Redis is there, and what was sent before is done.
    /// - Throws: `CancellationError` when there is no answer in time.
    func ping(within patience: Duration) async throws -> Duration {
        try await withThrowingTaskGroup(of: Duration.self) { group in
            group.addTask { try await self.ping() }
            group.addTask {
                try await Task.sleep(for: patience)
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let latency = try await group.next() else { throw CancellationError() }
            return latency
        }
    }
}
