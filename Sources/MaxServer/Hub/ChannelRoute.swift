/// What becomes of the messages of a channel: the event that clients get, and the rooms that get it.
///
/// A row of a table: a new channel needs no code.
struct ChannelRoute: Sendable {
    /// The channel, with names for its variable parts: `bars:{symbol}:{resolution}`.
    var channel: ChannelPattern
    /// Where the event is sent.
    var namespace = "/"
    var event: String
    /// Templates over the channel's variable parts and the payload's fields: `sector:{sectorId}`. A room whose
    /// field is missing is left out.
    var rooms: [Template]
    /// Members that are added when the payload lacks them, in this order.
    var defaults: [Default] = []
    /// How many messages of the event new subscribers of a room get at once; 0 for none.
    var history = 0
    /// The field by which a message replaces the one before it in the history, e.g. `bar.time`.
    var historyKey: [String] = []
    /// How often a client hears of the same thing; nil for every time.
    var conflation: Conflation?

    /// A member that is added to the payload, or to an object in it.
    struct Default: Sendable {
        enum Value: Sendable {
            /// The time when the message came.
            case now
            /// Filled like a room.
            case text(Template)
            /// What another member of the same object is, as it is written.
            case copy(of: String)
        }

        var name: String
        var value: Value
        /// The member of the payload that it is in; nil for the payload itself.
        var object: String?

        init(_ name: String, _ value: Value, in object: String? = nil) {
            (self.name, self.value, self.object) = (name, value, object)
        }
    }

    /// Of messages with one key the newest is sent once in an interval, and a slow client gets the newest alone.
    struct Conflation: Sendable {
        /// A template as of rooms: `{symbol}:{resolution}`.
        var key: Template
        var interval: Duration
    }

    /// What tells messages apart that replace each other: those of two routes never do.
    /// - Parameter key: that of a message of this route.
    func conflationKey(_ key: String) -> String { "\(namespace) \(channel) \(event) \(key)" }

    /// Gets everything that clients of `/` who never subscribe are sent.
    static let firehose = "all"

    /// The channels of the MAX backend and of the bar feed.
    static let builtIn: [ChannelRoute] = [
        ChannelRoute(
            channel: "market_updates", event: "market:update",
            rooms: ["all", "market", "sector:{sectorId}"],
            defaults: [Default("timestamp", .now)], history: 1),
        ChannelRoute(
            channel: "sector_candles", event: "sector:candle_update", rooms: ["all", "sector:{sectorId}"],
            defaults: [Default("value", .copy(of: "close"), in: "candle")],
            history: 500, historyKey: ["candle", "timestamp"]),
        ChannelRoute(
            channel: "discussion_messages", event: "discussion:new_message",
            rooms: ["all", "discussion:{discussionId}"],
            // Workers of the older backend say which agent wrote it.
            defaults: [
                Default("authorId", .copy(of: "agentId"), in: "message"),
                Default("authorName", .copy(of: "agentName"), in: "message"),
                Default("timestamp", .now, in: "message"), Default("type", .text("text"), in: "message"),
            ],
            history: 50, historyKey: ["message", "id"]),
        ChannelRoute(
            channel: "agent_status", event: "agent:status_update",
            rooms: ["all", "agent:{agentId}", "sector:{sectorId}"], history: 200, historyKey: ["agentId"]),
        ChannelRoute(
            channel: "bars:{symbol}:{resolution}", event: "bar:update", rooms: ["bars:{symbol}:{resolution}"],
            defaults: [
                Default("symbol", .text("{symbol}")), Default("resolution", .text("{resolution}")),
            ],
            history: 500,
            historyKey: ["bar", "time"]),
    ]
}

/// A channel's name with variable parts, which colons separate.
struct ChannelPattern: Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    private enum Part: Sendable {
        case fixed(String)
        case variable(String)
    }

    let description: String
    /// Whether it is one channel, subscribed to by name.
    let isFixed: Bool
    private let parts: [Part]
    /// What comes before the first variable part.
    private let prefix: String

    init(stringLiteral text: String) {
        description = text
        isFixed = !text.contains("{")
        prefix = String(text.prefix { $0 != "{" })
        parts = text.split(separator: ":", omittingEmptySubsequences: false).map { part in
            part.hasPrefix("{") && part.hasSuffix("}")
                ? .variable(String(part.dropFirst().dropLast())) : .fixed(String(part))
        }
    }

    /// What Redis is asked for: the name, or a pattern that begins with the fixed parts (`bars:*`).
    var subscription: String { isFixed ? description : prefix + "*" }

    /// What Redis is asked for so that it sends each message of these channels once: it sends one for each name and
    /// pattern that fits.
    static func subscriptions(of channels: [ChannelPattern]) -> (channels: [String], patterns: [String]) {
        var prefixes: [String] = []
        for prefix in Set(channels.filter { !$0.isFixed }.map(\.prefix)).sorted()
        where !prefixes.contains(where: prefix.hasPrefix) { prefixes.append(prefix) }
        let names = Set(channels.filter(\.isFixed).map(\.description))
        return (
            names.filter { name in !prefixes.contains(where: name.hasPrefix) }.sorted(),
            prefixes.map { $0 + "*" }
        )
    }

    /// The name with nothing in its braces: the same for patterns that know the same channels.
    var shape: String {
        description.split(separator: ":", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("{") ? "{}" : $0 }.joined(separator: ":")
    }

    /// The variable parts of a channel's name; nil when it is another channel.
    func match(_ channel: String) -> [String: String]? {
        // Each message is compared with all patterns: most are told from it by how they begin.
        guard !isFixed else { return channel == description ? [:] : nil }
        guard channel.hasPrefix(prefix) else { return nil }
        let values = channel.split(separator: ":", omittingEmptySubsequences: false)
        guard values.count == parts.count else { return nil }
        var captures: [String: String] = [:]
        for (part, value) in zip(parts, values) {
            switch part {
            case .fixed(let text): guard text == value else { return nil }
            case .variable(let name):
                guard !value.isEmpty else { return nil }
                captures[name] = String(value)
            }
        }
        return captures
    }
}
