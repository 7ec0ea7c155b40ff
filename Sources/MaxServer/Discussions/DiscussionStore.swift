import Database

/// Discussions in the database. Their messages: `MessageStore`.
struct DiscussionStore: Sendable {
    /// Discussions in one answer.
    static let most = 200

    let database: any Database

    /// A page of discussions, those with the latest messages first, or the one with an id.
    ///
    /// One that gets a message while a client goes through the pages moves to the front, and is on none of those that
    /// the client has yet to ask for; clients hear of it by its message, or on the first page.
    /// - Parameter isOpen: nil for all.
    func discussions(
        id: String? = nil, sector: String? = nil, isOpen: Bool? = nil, before: PageCursor? = nil,
        limit: Int = most
    ) async throws(SQLError) -> Page<Discussion, PageCursor> {
        var filter = SQLFilter()
        filter.add("d.id", is: id)
        filter.add("d.sector_id", is: sector)
        if let isOpen { filter.add(isOpen ? "d.closed_at IS NULL" : "d.closed_at IS NOT NULL") }
        let moment = "COALESCE(d.last_message_at, d.created_at)"
        filter.add(moment, "d.id", behind: before)
        let clause = filter.clause
        let rows = try await database.read(
            SQLCommand(
                """
                SELECT d.id, d.sector_id, d.title, d.closed_at, d.created_by, d.created_at, d.last_message_at,
                    (SELECT COUNT(*) FROM messages m WHERE m.discussion_id = d.id)
                FROM discussions d \(clause)
                ORDER BY \(moment) DESC, d.id DESC LIMIT \(filter.bind(.integer(Int64(limit + 1))))
                """, filter.values))
        let found = try rows.map { (row) throws(SQLError) in
            Discussion(
                id: try row.text(at: 0), sectorId: try row.textIfAny(at: 1), title: try row.text(at: 2),
                status: try row.momentIfAny(at: 3) == nil ? "open" : "closed",
                createdBy: try row.textIfAny(at: 4), createdAt: try row.moment(at: 5),
                lastMessageAt: try row.momentIfAny(at: 6), messagesCount: Int(try row.integer(at: 7)))
        }
        return Page(found, limit: limit) {
            PageCursor(moment: $0.lastMessageAt ?? $0.createdAt, id: $0.id)
        }
    }

    /// - Returns: whether it is new; one with its id stays as it is.
    func add(_ discussion: Discussion) async throws(SQLError) -> Bool {
        let rows = try await database.write(
            SQLCommand(
                """
                INSERT INTO discussions (id, sector_id, title, created_by, created_at)
                VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING
                """,
                [
                    .text(discussion.id), discussion.sectorId.map(SQLValue.text) ?? .null,
                    .text(discussion.title), discussion.createdBy.map(SQLValue.text) ?? .null,
                    .timestamp(discussion.createdAt.milliseconds),
                ]))
        return rows.affected > 0
    }

    /// Changes what is not nil. One that is closed already keeps the time when it was.
    /// - Returns: whether there is such a discussion.
    func change(_ id: String, title: String?, isOpen: Bool?, now: Moment = .now) async throws(SQLError)
        -> Bool
    {
        let closing =
            switch isOpen {
            case nil: ""
            case true?: ", closed_at = NULL"
            case false?: ", closed_at = COALESCE(closed_at, $3)"
            }
        var values: [SQLValue] = [.text(id), title.map(SQLValue.text) ?? .null]
        if isOpen == false { values.append(.timestamp(now.milliseconds)) }
        let rows = try await database.write(
            SQLCommand(
                "UPDATE discussions SET title = COALESCE($2, title)\(closing) WHERE id = $1", values))
        return rows.affected > 0
    }

    /// Removes a discussion and what was said in it.
    /// - Returns: whether there was one.
    func remove(_ id: String) async throws(SQLError) -> Bool {
        let results = try await database.transaction([
            SQLCommand("DELETE FROM discussions WHERE id = $1", [.text(id)]),
            SQLCommand("DELETE FROM messages WHERE discussion_id = $1", [.text(id)]),
        ])
        return results.first.map { $0.affected > 0 } ?? false
    }

    func exists(_ id: String) async throws(SQLError) -> Bool {
        try await !database.read(SQLCommand("SELECT 1 FROM discussions WHERE id = $1", [.text(id)])).isEmpty
    }
}
