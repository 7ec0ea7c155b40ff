import Database

/// What was said in discussions, in the database.
struct MessageStore: Sendable {
    /// Messages in one answer, and unless another number is asked for.
    static let (most, usual) = (200, 50)

    let database: any Database

    private static let columns = #"id, discussion_id, content, author_id, author_name, type, "timestamp""#

    /// The messages of a discussion before a place in it, or the last ones. Oldest first; the next page is older.
    func messages(of discussion: String, before: PageCursor? = nil, limit: Int = usual)
        async throws(SQLError) -> Page<DiscussionMessage, PageCursor>
    {
        var filter = SQLFilter()
        filter.add("discussion_id", is: discussion)
        filter.add(#""timestamp""#, "id", behind: before)
        let clause = filter.clause
        let rows = try await database.read(
            SQLCommand(
                """
                SELECT \(Self.columns) FROM messages \(clause)
                ORDER BY "timestamp" DESC, id DESC LIMIT \(filter.bind(.integer(Int64(limit + 1))))
                """, filter.values))
        var page = Page(try rows.map(Self.message), limit: limit) {
            PageCursor(moment: $0.timestamp, id: $0.id)
        }
        page.elements.reverse()
        return page
    }

    private static func message(_ row: SQLRow) throws(SQLError) -> DiscussionMessage {
        DiscussionMessage(
            id: try row.text(at: 0), discussionId: try row.text(at: 1), content: try row.text(at: 2),
            authorId: try row.text(at: 3), authorName: try row.text(at: 4), type: try row.text(at: 5),
            timestamp: try row.moment(at: 6))
    }

    /// What became of a message that was to be stored.
    enum Outcome: Sendable, Equatable {
        case stored(DiscussionMessage)
        /// It is there since an earlier time, as it was given then.
        case known(DiscussionMessage)
        /// It is there since an earlier time, but could not be published then: see `setPublished`.
        case unpublished(DiscussionMessage)
        case unknownDiscussion
        case closed
        /// Its id is that of a message elsewhere.
        case foreign
    }

    /// Stores a message, and that its discussion has one of this time, together. One with a known id changes nothing.
    ///
    /// An author without a name is called as the agent with this id, or by the id.
    func add(_ draft: MessageDraft, id: String, to discussion: String) async throws(SQLError) -> Outcome {
        let key = SQLValue.text(id)
        let (room, moment) = (SQLValue.text(discussion), SQLValue.timestamp(draft.timestamp.milliseconds))
        // Postgres lets others change the discussion meanwhile unless it is asked not to; SQLite has one writer.
        let lock = database.dialect == .postgres ? "FOR UPDATE" : ""
        let results = try await database.transaction([
            SQLCommand("SELECT closed_at FROM discussions WHERE id = $1 \(lock)", [room]),
            SQLCommand(
                """
                INSERT INTO messages (\(Self.columns))
                SELECT CAST($1 AS TEXT), d.id, CAST($3 AS TEXT), CAST($4 AS TEXT),
                    COALESCE(CAST($5 AS TEXT), (SELECT a.name FROM agents a WHERE a.id = $4), $4),
                    CAST($6 AS TEXT), CAST($7 AS {{ts}})
                FROM discussions d WHERE d.id = $2 AND d.closed_at IS NULL
                ON CONFLICT (id) DO NOTHING
                """,
                [
                    key, room, .text(draft.content), .text(draft.authorId),
                    draft.authorName.map(SQLValue.text) ?? .null, .text(draft.type), moment,
                ]),
            // For one that was known before this only says again what is so, or nothing.
            SQLCommand(
                """
                UPDATE discussions SET last_message_at = $3
                WHERE id = $2 AND (last_message_at IS NULL OR last_message_at < $3) AND EXISTS
                    (SELECT 1 FROM messages m WHERE m.id = $1 AND m.discussion_id = $2 AND m."timestamp" = $3)
                """, [key, room, moment]),
            SQLCommand("SELECT \(Self.columns), unpublished_since FROM messages WHERE id = $1", [key]),
        ])
        guard results.count == 4 else { return .unknownDiscussion }
        if let row = results[3].first {
            let message = try Self.message(row)
            guard message.discussionId == discussion else { return .foreign }
            if results[1].affected > 0 { return .stored(message) }
            return try row.momentIfAny(at: 7) == nil ? .known(message) : .unpublished(message)
        }
        return results[0].isEmpty ? .unknownDiscussion : .closed
    }

    /// Notes whether clients could be told of a stored message; unless noted, they were.
    func setPublished(_ id: String, _ isPublished: Bool, now: Moment = .now) async throws(SQLError) {
        let since = isPublished ? SQLValue.null : .timestamp(now.milliseconds)
        try await database.write(
            SQLCommand("UPDATE messages SET unpublished_since = $2 WHERE id = $1", [.text(id), since]))
    }

    /// Stores what came on the channel `discussion_messages`; nodes that all get it store it once.
    func receive(_ arrived: ArrivedMessage) async throws(SQLError) -> Arrival {
        guard let id = arrived.id else { return .passedBy }
        switch try await add(arrived.draft, id: id, to: arrived.discussionId) {
        case .stored: return .stored
        case .known, .unpublished: return .known
        case .unknownDiscussion, .closed, .foreign: return .ignored
        }
    }
}
