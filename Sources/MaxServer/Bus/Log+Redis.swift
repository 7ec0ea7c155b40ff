import RedisClient

extension Log {
    /// One line for each change of a connection to Redis.
    func told(of news: RedisNews) {
        switch news {
        case .trouble(let line): warning(line)
        case .back(let line): info(line)
        }
    }
}
