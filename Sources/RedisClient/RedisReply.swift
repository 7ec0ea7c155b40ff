/// What Redis answers, or pushes to a subscriber: one value of RESP2.
package enum RedisReply: Sendable, Hashable {
    /// `+OK`
    case status(String)
    /// `-ERR …`
    case error(String)
    case integer(Int)
    case bulk([UInt8])
    case null
    case array([RedisReply])
    /// A bulk string longer than the limit: its bytes were read and dropped.
    case tooLong(bytes: Int)

    /// The text of a bulk or status.
    package var text: String? {
        switch self {
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        case .error, .integer, .null, .array, .tooLong: nil
        }
    }
}

/// What one reply may hold, so that a peer cannot make us hold more. All but the first end the connection when
/// they are passed.
package struct RedisReplyLimits: Sendable, Hashable {
    /// Bytes of a bulk string. A longer one becomes `RedisReply.tooLong`; the connection goes on.
    package var bulk: Int
    /// Bytes of all strings of one reply.
    package var reply: Int
    /// Elements of all arrays of one reply.
    package var elements: Int
    /// Arrays within arrays. hiredis 0.14 understands no more than 7.
    package var depth: Int
    /// Bytes of a line: a status, an error, a number.
    package var line: Int

    package init(
        bulk: Int = 1_048_576, reply: Int = 16_777_216, elements: Int = 100_000, depth: Int = 7,
        line: Int = 65_536
    ) {
        precondition(bulk >= 16, "the limit is above the length of what replaces a dropped bulk string")
        self.bulk = bulk
        self.reply = reply
        self.elements = elements
        self.depth = depth
        self.line = line
    }
}

/// Redis, or what pretends to be it, broke the protocol or a limit of ours. The connection cannot go on.
package struct RedisProtocolError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
