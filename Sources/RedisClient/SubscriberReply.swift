/// What Redis says to a subscriber, in RESP2.
package enum SubscriberReply: Sendable, Hashable {
    case message(channel: String, pattern: String?, payload: [UInt8])
    /// A message whose payload, or the name of its channel, was longer than the limit.
    case tooLong(bytes: Int)
    case subscribed
    case unsubscribed
    case pong
    case error(String)
    case other

    package init(_ reply: RedisReply) {
        switch reply {
        case .error(let text): self = .error(text)
        case .status(let text): self = text == "PONG" ? .pong : .other
        case .array(let elements): self = Self.array(elements)
        case .integer, .bulk, .null, .tooLong: self = .other
        }
    }

    private static func array(_ elements: [RedisReply]) -> SubscriberReply {
        switch (elements.first?.text, elements.count) {
        case ("message", 3): message(elements[1], nil, elements[2])
        case ("pmessage", 4): message(elements[2], elements[1].text, elements[3])
        case ("subscribe", 3), ("psubscribe", 3): .subscribed
        case ("unsubscribe", 3), ("punsubscribe", 3): .unsubscribed
        case ("pong", 2): .pong
        default: .other
        }
    }

    private static func message(_ channel: RedisReply, _ pattern: String?, _ payload: RedisReply)
        -> SubscriberReply
    {
        switch (channel, payload) {
        case (.tooLong(let bytes), _), (.bulk, .tooLong(let bytes)): return .tooLong(bytes: bytes)
        case (_, .bulk(let bytes)):
            guard let name = channel.text else { return .other }
            return .message(channel: name, pattern: pattern, payload: bytes)
        default: return .other
        }
    }
}
