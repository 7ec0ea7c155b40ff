import Database
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Discussions over REST` {
    @Test(arguments: StoreKind.allCases)
    func `are made, shown, changed, closed, opened and removed with their messages`(kind: StoreKind)
        async throws
    {
        try await APIScene.run(kind) { api in
            let made = try await api.post(
                "/api/discussions", ["id": "d", "title": "Buy?", "sectorId": "s", "createdBy": "ann"])
            #expect(made.status == 201 && made.response["Location"] == "/api/discussions/d")
            #expect(made.data["status"] == "open" && made.data["messagesCount"] == 0)
            _ = try await api.say("Yes", id: "m")
            let whole = try await api.get("/api/discussions/d").data
            #expect(whole["createdBy"] == "ann" && whole["messagesCount"] == 1)
            #expect(whole["messages"]?[0]?["content"] == "Yes")
            #expect(whole["lastMessageAt"] == whole["messages"]?[0]?["timestamp"])
            let closed = try await api.patch("/api/discussions/d", ["title": "Sell?", "status": "closed"])
            #expect(closed.data["title"] == "Sell?" && closed.data["status"] == "closed")
            #expect(try await api.patch("/api/discussions/d", ["status": "closed"]).status == 200)
            let open = try await api.patch("/api/discussions/d", ["status": "open"]).data
            #expect(open["title"] == "Sell?" && open["status"] == "open")
            #expect(try await api.delete("/api/discussions/d").status == 200)
            #expect(try await api.get("/api/discussions/d").status == 404)
            let rows = try await api.database.read(SQLCommand("SELECT id FROM messages"))
            #expect(rows.isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are listed in pages, those with the latest messages first`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            for (id, sector) in [("a", "s"), ("b", "t"), ("c", "s"), ("e", "s")] {
                try await api.open(id, in: sector)
            }
            // Behind the making of all of them.
            let start = Int(Moment.now.milliseconds) + 30_000
            for (number, id) in ["c", "a", "e"].enumerated() {
                _ = try await api.say("x", id: "m\(id)", in: id, at: start + number)
            }
            _ = try await api.patch("/api/discussions/e", ["status": "closed"])
            #expect(try await api.get("/api/discussions").ids == ["e", "a", "c", "b"])
            #expect(try await api.get("/api/discussions?sectorId=s&status=open").ids == ["a", "c"])
            #expect(try await api.get("/api/discussions?status=closed").ids == ["e"])
            let page = try await api.get("/api/discussions?limit=3")
            let next = try #require(page.body["next"]?.stringValue)
            #expect(page.ids == ["e", "a", "c"])
            let last = try await api.get("/api/discussions?limit=3&before=\(next)")
            #expect(last.ids == ["b"] && last.body["next"] == .null)
            let sector = try await api.get("/api/sectors/s")
            #expect(sector.status == 404)
            _ = try await api.post("/api/sectors", ["id": "s", "name": "S", "symbol": "S"])
            let ids = try await api.get("/api/sectors/s").data["discussions"]?.arrayValue?.map { $0["id"] }
            #expect(ids == ["e", "a", "c"])
        }
    }

    @Test func `say of each field what is wrong with it`() async throws {
        try await APIScene.run { api in
            let made = try await api.post(
                "/api/discussions", ["id": "", "title": "", "createdBy": 5, "status": "open"])
            #expect(
                made.faults == [
                    "id length", "sectorId required", "title length", "createdBy type", "status unknown",
                ])
            let listed = try await api.get("/api/discussions?status=x&limit=201&before=zz")
            #expect(listed.faults == ["status choice", "limit range", "before format"])
            try await api.open("d")
            let changed = try await api.patch("/api/discussions/d", ["status": "shut", "sectorId": "x"])
            #expect(changed.faults == ["status choice", "sectorId unknown"])
            let body: JSONValue = ["id": "d", "title": "t", "sectorId": "s"]
            #expect(try await api.post("/api/discussions", body).code == "EXISTS")
            for method in ["PATCH", "DELETE"] {
                #expect(try await api.send(method, "/api/discussions/x", [:]).code == "NOT_FOUND")
            }
        }
    }
}

extension APIScene {
    func open(_ id: String, in sector: String = "s") async throws {
        let answer = try await post(
            "/api/discussions", ["id": .string(id), "title": "t", "sectorId": .string(sector)])
        #expect(answer.status == 201)
    }

    /// - Parameter time: milliseconds since 1970; nil for the server's.
    func say(_ content: String, id: String? = nil, in discussion: String = "d", at time: Int? = nil)
        async throws -> Answer
    {
        var body: JSONObject = ["content": .string(content), "authorId": "ann"]
        if let id { body["id"] = .string(id) }
        if let time { body["timestamp"] = .number(JSONNumber(time)) }
        return try await post("/api/discussions/\(discussion)/messages", .object(body))
    }
}
