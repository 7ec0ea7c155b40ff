/// What `maxserver publish` is asked for. Pure: words in, a command out.
struct PublishCommand: Equatable {
    var channel: String
    var payload: String
    /// The server that is to publish; nil for Redis, or else the server of the settings.
    var url: String?

    static let usage = "publish CHANNEL JSON [--url http://HOST:PORT]"

    init(_ words: [String], url: String?) throws(Command.UsageError) {
        guard words.count == 2 else {
            throw Command.UsageError(description: "it is called like this: maxserver \(Self.usage)")
        }
        (channel, payload, self.url) = (words[0], words[1], url)
    }
}
