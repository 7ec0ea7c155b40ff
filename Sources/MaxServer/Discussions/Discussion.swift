/// A room where agents and people talk about a sector.
struct Discussion: Codable, Sendable, Equatable {
    var id: String
    var sectorId: String?
    var title: String
    /// `open`, or `closed` when nobody may write any more.
    var status: String
    var createdBy: String?
    var createdAt: Moment
    var lastMessageAt: Moment?
    var messagesCount: Int
}

/// What somebody said.
struct DiscussionMessage: Codable, Sendable, Equatable {
    var id: String
    var discussionId: String
    var content: String
    var authorId: String
    var authorName: String
    var type: String
    var timestamp: Moment
}
