/// `/api/discussions`: rooms, and what is said in them.
struct DiscussionAPI: Sendable {
    let discussions: DiscussionStore
    let messages: MessageStore
    let publisher: MaxPublisher

    /// A discussion with its last messages.
    private struct Whole: Encodable, Sendable {
        var discussion: Discussion
        var messages: [DiscussionMessage]

        private enum Key: String, CodingKey { case messages }

        func encode(to encoder: any Encoder) throws {
            try discussion.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(messages, forKey: .messages)
        }
    }

    /// `{"messages":[…],"next":"…"}`
    private struct MessagePage: Encodable, Sendable {
        var messages: [DiscussionMessage]
        /// `null` on the last page.
        var next: String?

        private enum Key: String, CodingKey { case messages, next }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(messages, forKey: .messages)
            try container.encode(next, forKey: .next)
        }
    }

    func add(to api: inout API) {
        api.get("/api/discussions") { try await list($0) }
        api.post("/api/discussions") { try await create($0) }
        api.get("/api/discussions/{id}") { request in
            let id = request["id"]
            return try .data(
                Whole(
                    discussion: try await discussion(id),
                    messages: try await messages.messages(of: id).elements))
        }
        api.patch("/api/discussions/{id}") { try await change($0) }
        api.delete("/api/discussions/{id}") { request in
            let id = request["id"]
            guard try await discussions.remove(id) else { throw APIFailure.notFound("discussion", id) }
            await publisher.announce(RoomChange(forget: ["discussion:\(id)"]))
            return .done
        }
        api.get("/api/discussions/{id}/messages") { try await page($0) }
        api.post("/api/discussions/{id}/messages") { try await post($0) }
    }

    // MARK: Discussions

    private func discussion(_ id: String) async throws -> Discussion {
        guard let discussion = try await discussions.discussions(id: id).elements.first else {
            throw APIFailure.notFound("discussion", id)
        }
        return discussion
    }

    private func list(_ request: APIRequest) async throws -> APIAnswer {
        var query = try request.query()
        let sector = query.text("sectorId", 1...100)
        let isOpen = query.isOpen()
        let limit = query.integer("limit", 1...DiscussionStore.most) ?? DiscussionStore.most
        let before = query.cursor("before")
        try query.finish()
        let page = try await discussions.discussions(
            sector: sector, isOpen: isOpen, before: before, limit: limit)
        var answer = try APIAnswer.data(page.elements)
        answer.next = APIAnswer.Next(page.next)
        return answer
    }

    private func create(_ request: APIRequest) async throws -> APIAnswer {
        var body = try request.body()
        let discussion = Discussion(
            id: body.id("id") ?? Identifier.make("discussion"),
            sectorId: body.id("sectorId", isRequired: true),
            title: body.text("title", 1...200, isRequired: true) ?? "", status: "open",
            createdBy: body.text("createdBy", 1...100), createdAt: .now, messagesCount: 0)
        try body.finish()
        guard try await discussions.add(discussion) else {
            throw APIFailure.exists("discussion", discussion.id)
        }
        return try .created(discussion, at: "/api/discussions/\(discussion.id)")
    }

    private func change(_ request: APIRequest) async throws -> APIAnswer {
        let id = request["id"]
        var body = try request.body()
        let title = body.text("title", 1...200)
        let isOpen = body.isOpen()
        try body.finish()
        guard try await discussions.change(id, title: title, isOpen: isOpen) else {
            throw APIFailure.notFound("discussion", id)
        }
        return try .data(await discussion(id))
    }

    // MARK: Messages

    private func page(_ request: APIRequest) async throws -> APIAnswer {
        let id = request["id"]
        var query = try request.query()
        let limit = query.integer("limit", 1...MessageStore.most) ?? MessageStore.usual
        let before = query.cursor("before")
        try query.finish()
        guard try await discussions.exists(id) else { throw APIFailure.notFound("discussion", id) }
        let page = try await messages.messages(of: id, before: before, limit: limit)
        return try .data(MessagePage(messages: page.elements, next: page.next?.text))
    }

    private func post(_ request: APIRequest) async throws -> APIAnswer {
        let discussion = request["id"]
        var body = try request.body()
        let id = body.text("id", 1...100) ?? Identifier.make("msg")
        let draft = MessageDraft(&body)
        try body.finish()
        // A reader without a fault has given all that is required.
        guard let draft else { throw APIFailure.invalid([]) }
        switch try await messages.add(draft, id: id, to: discussion) {
        case .stored(let message): return try await announce(message, isNoted: false)
        case .unpublished(let message): return try await announce(message, isNoted: true)
        case .known(let message): return try created(message)
        case .unknownDiscussion: throw APIFailure.notFound("discussion", discussion)
        case .closed:
            throw APIFailure(
                status: 409, code: "CLOSED", message: "the discussion \"\(discussion)\" is closed")
        case .foreign: throw APIFailure.exists("message", id)
        }
    }

    private func created(_ message: DiscussionMessage) throws -> APIAnswer {
        try .created(message, at: "/api/discussions/\(message.discussionId)/messages")
    }

    /// Publishes a stored message, and notes if that fails: then it is published when it is said again.
    /// - Parameter isNoted: whether that has failed before.
    private func announce(_ message: DiscussionMessage, isNoted: Bool) async throws -> APIAnswer {
        var answer = try created(message)
        answer.isPublished = await publisher.announce(in: ["discussion:\(message.discussionId)"]) {
            try await $0.publishDiscussionMessage(message)
        }
        if answer.isPublished == isNoted {
            // Without the note a repetition publishes too rarely or too often; the answer is right in any case.
            try? await messages.setPublished(message.id, answer.isPublished)
        }
        return answer
    }
}

extension FieldReader {
    /// The status of a discussion; nil if nothing is said about it.
    fileprivate mutating func isOpen() -> Bool? { choice("status", ["open", "closed"]).map { $0 == "open" } }
}
