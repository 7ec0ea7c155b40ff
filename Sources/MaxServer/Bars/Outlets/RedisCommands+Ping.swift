import RedisClient

extension RedisCommands {
    /// Asks whether Redis is there, and what was sent before is done.
    /// - Throws: `NoAnswer` when there is no answer in time.
    func ping(within patience: Duration) async throws -> Duration {
        try await answer(of: "Redis", within: patience) { try await self.ping() }
    }
}
