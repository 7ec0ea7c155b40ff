/// What Redis says to a subscriber, in RESP2.
package enum SubscriberReply: Sendable, Hashable {
    case message(channel: String, pattern: String?, payload: [UInt8])
    /// A message whose payload was longer than the limit.
    case tooLong(channel: String, bytes: Int)
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
        case ("message", 3): message(elements[1].text, nil, elements[2])
        case ("pmessage", 4): message(elements[2].text, elements[1].text, elements[3])
        case ("subscribe", 3), ("psubscribe", 3): .subscribed
        case ("unsubscribe", 3), ("punsubscribe", 3): .unsubscribed
        case ("pong", 2): .pong
        default: .other
        }
    }

    private static func message(_ channel: String?, _ pattern: String?, _ payload: RedisReply)
        -> SubscriberReply
    {
        guard let channel else { return .other }
        return switch payload {
        case .bulk(let bytes): .message(channel: channel, pattern: pattern, payload: bytes)
        case .tooLong(let bytes): .tooLong(channel: channel, bytes: bytes)
        case .status, .error, .integer, .null, .array: .other
        }
    }
}
