import SocketIO

/// What somebody says, before it is stored: by REST or on the bus, where workers may leave more of it out.
struct MessageDraft: Sendable, Equatable {
    /// Longest content, in characters. Escaped in JSON, each of its bytes may become six, and the message must not
    /// be larger than those that the bus passes on.
    private static let content = 1...10_000

    /// How far a client's clock may be ahead of ours, in milliseconds. Discussions and messages are sorted by time: one
    /// of a time to come would be the last for as long.
    private static let ahead: Int64 = 60_000

    var content: String
    var authorId: String
    /// Nil if nobody said: see `MessageStore.add`.
    var authorName: String?
    var type: String
    var timestamp: Moment

    /// Reads the fields, also under the names that the first MAX backend had for them.
    /// - Returns: nil when one that is required cannot be used; the reader knows which.
    init?(_ fields: inout FieldReader, now: Moment = .now) {
        let content = fields.text("content", Self.content, isRequired: true)
        let agent = fields.text("agentId", 1...100)
        let author = fields.text("authorId", 1...100, isRequired: agent == nil)
        let agentName = fields.text("agentName", 1...200)
        authorName = fields.text("authorName", 1...200) ?? agentName
        type = fields.text("type", 1...50) ?? "text"
        timestamp = fields.moment("timestamp") ?? now
        guard timestamp.milliseconds <= now.milliseconds + Self.ahead else {
            fields.fail("timestamp", "range", "it is not of a time to come")
            return nil
        }
        guard let content, let author = author ?? agent else { return nil }
        (self.content, authorId) = (content, author)
    }
}

/// A message as it comes on the channel `discussion_messages`.
struct ArrivedMessage: Sendable, Equatable {
    var discussionId: String
    /// Nil for one that is not to be kept: without an id nodes could not know that they got the same.
    var id: String?
    var draft: MessageDraft

    /// Reads a message; nil if it cannot be stored. Clients get it all the same, as it came.
    init?(_ payload: JSONObject, now: Moment = .now) {
        var outer = FieldReader(payload)
        guard let discussion = outer.text("discussionId", 1...100), let message = outer.object("message")
        else { return nil }
        var fields = FieldReader(message)
        guard let draft = MessageDraft(&fields, now: now) else { return nil }
        let id = fields.text("id", 1...100)
        if id == nil, message["id"].map({ !$0.isNull }) ?? false { return nil }
        (discussionId, self.id, self.draft) = (discussion, id, draft)
    }
}
