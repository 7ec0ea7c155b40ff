/// Why a command has no reply.
package enum RedisError: Error, Sendable, Hashable {
    /// As many commands wait as may; this one was not sent.
    case tooManyCommands(limit: Int)
    /// As many bytes of commands wait as may; this one was not sent.
    case tooManyBytes(limit: Int)
    /// There was no connection for as long as a command may wait; it was not sent.
    case notConnected(waited: Duration, lastError: String?)
    /// The connection ended before the reply: the command may have been carried out or not.
    case connectionLost(String)
    /// Redis answered with this error.
    case refused(String)
    /// The reply was longer than the limit.
    case replyTooLong(bytes: Int, limit: Int)
    /// Redis answered what the command never answers.
    case unexpectedReply(command: String)
    /// The command would change what the connection is; it was not sent.
    case unsuitable(command: String)
    /// `stop` was called; a command that had been sent may have been carried out.
    case stopped
    /// The task was cancelled; the command may have been carried out.
    case cancelled
}

extension RedisError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooManyCommands(let limit):
            "\(limit) Redis commands wait already; that is the limit. Redis is slow or away, or we are too fast"
        case .tooManyBytes(let limit):
            "\(limit) bytes of Redis commands wait already; that is the limit. Redis is slow or away"
        case .notConnected(let waited, let lastError):
            "no connection to Redis for \(waited): \(lastError ?? "it has not answered yet")"
        case .connectionLost(let why):
            "the connection to Redis ended before the reply: \(why). The command may have been carried out"
        case .refused(let answer): "Redis refused the command: \(answer.prefix(200))"
        case .replyTooLong(let bytes, let limit):
            "Redis replied \(bytes) bytes; the limit is \(limit). Ask for less at a time"
        case .unexpectedReply(let command): "Redis replied to \(command) what \(command) never replies"
        case .unsuitable(let command):
            "\(command) changes the connection and cannot be sent among other commands"
        case .stopped: "the connection to Redis was stopped"
        case .cancelled: "the task that waited for Redis was cancelled"
        }
    }
}
