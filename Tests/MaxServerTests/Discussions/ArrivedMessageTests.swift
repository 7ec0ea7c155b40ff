import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Messages that come by the bus` {
    private func withRoom(_ kind: StoreKind, _ test: (APIScene, Arrivals) async throws -> Void) async throws {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            try await test(
                api,
                Arrivals(
                    agents: AgentStore(database: api.database), messages: MessageStore(database: api.database)
                ))
        }
    }

    private func message(_ fields: JSONObject, in discussion: String = "d") -> JSONObject {
        ["discussionId": .string(discussion), "message": .object(fields)]
    }

    @Test(arguments: StoreKind.allCases)
    func `are kept once, with what their worker left out`(kind: StoreKind) async throws {
        try await withRoom(kind) { api, arrivals in
            let said = message([
                "id": "msg 4", "content": "Hello! 😀", "authorId": "agent-789",
                "timestamp": "2025-01-15T10:30:00.000Z",
            ])
            #expect(try await arrivals.received(said, on: .discussionMessages) == .stored)
            #expect(try await arrivals.received(said, on: .discussionMessages) == .known)
            let room = try await api.get("/api/discussions/d").data
            #expect(room["messagesCount"] == 1 && room["lastMessageAt"] == "2025-01-15T10:30:00.000Z")
            let stored = room["messages"]?[0]
            #expect(stored?["id"] == "msg 4" && stored?["content"] == "Hello! 😀")
            #expect(stored?["authorName"] == "agent-789" && stored?["type"] == "text")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are known when this server published them itself`(kind: StoreKind) async throws {
        try await withRoom(kind) { api, arrivals in
            let made = try await api.say("x", id: "m").data
            let published = message(["id": "m", "content": "x", "authorId": "ann"])
            #expect(try await arrivals.received(published, on: .discussionMessages) == .known)
            #expect(try await api.get("/api/discussions/d").data["messages"]?[0] == made)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are left alone without an id or a discussion, and counted`(kind: StoreKind) async throws {
        try await withRoom(kind) { api, arrivals in
            func fate(_ payload: JSONObject) async throws -> Arrival? {
                try await arrivals.received(payload, on: .discussionMessages)
            }
            let said: JSONObject = ["id": "m", "content": "x", "agentId": "a", "agentName": "A"]
            var nameless = said
            nameless["id"] = nil
            #expect(try await fate(message(nameless)) == .passedBy)
            #expect(try await fate(message(said, in: "none")) == .ignored)
            _ = try await api.patch("/api/discussions/d", ["status": "closed"])
            #expect(try await fate(message(said)) == .ignored)
            for (field, value) in [
                ("content", "a\0"), ("id", ""), ("id", 5), ("agentId", nil),
                ("timestamp", "9999-12-31T00:00:00Z"),
            ] as [(String, JSONValue)] {
                var broken = said
                broken[field] = value
                #expect(try await fate(message(broken)) == .unusable)
            }
            #expect(try await fate(["message": .object(said)]) == .unusable)
            #expect(try await api.get("/api/discussions/d").data["messages"] == [])
            let counts = Arrival.allCases.map { arrivals.count($0) }
            #expect(counts == [0, 0, 2, 1, 6])
        }
    }
}
