import Database
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Messages over REST` {
    private static let path = "/api/discussions/d/messages"

    @Test(arguments: StoreKind.allCases)
    func `are stored, and come to clients through the bus as the seed has them`(kind: StoreKind)
        async throws
    {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            let client = try await SocketTestClient.connect(port: api.port)
            let answer = try await api.post(
                Self.path,
                [
                    "id": "msg-456", "content": "Buy 𝄞 \"tech\"", "agentId": "agent-789",
                    "agentName": "TradingBot", "timestamp": "2025-01-15T10:30:00.000Z",
                ])
            #expect(answer.status == 201 && answer.response["X-Published"] == nil)
            #expect(answer.data["authorId"] == "agent-789" && answer.data["type"] == "text")
            #expect(
                try await client.receive()
                    == .text(
                        #"42["discussion:new_message",{"discussionId":"d","message":{"id":"msg-456","#
                            + #""content":"Buy 𝄞 \"tech\"","authorId":"agent-789","#
                            + #""authorName":"TradingBot","timestamp":"2025-01-15T10:30:00.000Z","#
                            + #""type":"text"}}]"#))
            let stored = try await api.get(Self.path).data
            #expect(stored["messages"]?[0] == answer.data && stored["next"] == .null)
            client.close()
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `with one id are one, answered as the first time and published once`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            try await api.open("e")
            let client = try await SocketTestClient.connect(port: api.port)
            let first = try await api.say("one", id: "m")
            let again = try await api.say("two", id: "m")
            #expect(again.status == 201 && again.data == first.data)
            #expect(try await api.get("/api/discussions/d").data["lastMessageAt"] == first.data["timestamp"])
            #expect(try await api.say("three", id: "m", in: "e").code == "EXISTS")
            #expect(try await api.get("/api/discussions/e").data["lastMessageAt"] == nil)
            _ = try await api.patch("/api/discussions/d", ["status": "closed"])
            #expect(try await api.say("four", id: "m").data == first.data)
            _ = try await api.say("last", id: "l", in: "e")
            let events = try await client.receive(2).map(\.text)
            #expect(events[0].contains(#""one""#) && events[1].contains(#""last""#))
            client.close()
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `of many at the same time are each stored and published once`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            let contents = await withTaskGroup(of: JSONValue?.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        try? await api.say("\(number)", id: "m\(number % 20)").data["content"]
                    }
                }
                return await group.reduce(into: [JSONValue?]()) { $0.append($1) }
            }
            // Who comes later is told what the first one said.
            #expect(contents.count == 60 && !contents.contains(nil) && Set(contents).count == 20)
            #expect(api.ingress.counts.received == 20)
            #expect(try await api.get("/api/discussions/d").data["messagesCount"] == 20)
        }
    }

    /// By another server: one has its transactions on one connection after the other.
    @Test func `leave nothing behind when their discussion is removed meanwhile`() async throws {
        try await APIScene.run(.postgres) { api in
            try await api.open("d")
            let named = try await api.database.read(SQLCommand("SELECT current_database()::text"))
            let name = try #require(try named.first?.text(at: 0))
            let postgres = try await PostgresServer.common()
            async let removal = postgres.psql(
                """
                BEGIN; DELETE FROM discussions WHERE id = 'd'; SELECT pg_sleep(0.5);
                DELETE FROM messages WHERE discussion_id = 'd'; COMMIT;
                """, database: name)
            let isUnderWay = await eventually {
                let free = SQLCommand("SELECT id FROM discussions FOR UPDATE SKIP LOCKED")
                return (try? await api.database.write(free).isEmpty) ?? false
            }
            #expect(isUnderWay)
            #expect(try await api.say("x").code == "NOT_FOUND")
            _ = try await removal
            let left = try await api.database.read(SQLCommand("SELECT id FROM messages"))
            #expect(left.isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are refused by discussions that are closed or not there`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            _ = try await api.patch("/api/discussions/d", ["status": "closed"])
            let closed = try await api.say("x")
            #expect(closed.status == 409 && closed.code == "CLOSED")
            let missing = try await api.say("x", in: "none")
            #expect(missing.status == 404 && missing.code == "NOT_FOUND")
            #expect(try await api.get("/api/discussions/none/messages").status == 404)
            _ = try await api.patch("/api/discussions/d", ["status": "open"])
            #expect(try await api.say("x").status == 201)
        }
    }

    @Test func `are stored when the bus is down, and the answer says that nobody was told`() async throws {
        try await APIScene.run(bus: DownBus()) { api in
            try await api.open("d")
            let answer = try await api.say("x", id: "m")
            #expect(answer.status == 201 && answer.response["X-Published"] == "false")
            #expect(try await api.get(Self.path).data["messages"]?[0] == answer.data)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `that nobody was told of are published when they are said again`(kind: StoreKind) async throws {
        let bus = FlakyBus()
        try await APIScene.run(kind, bus: bus) { api in
            try await api.open("d")
            bus.isDown = true
            for _ in 0..<2 {
                let answer = try await api.say("x", id: "m")
                #expect(answer.status == 201 && answer.response["X-Published"] == "false")
            }
            bus.isDown = false
            for _ in 0..<2 {
                let answer = try await api.say("x", id: "m")
                #expect(answer.status == 201 && answer.response["X-Published"] == nil)
            }
            #expect(bus.published == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are not of a time to come, but for a minute by which clocks may differ`(kind: StoreKind)
        async throws
    {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            let now = Int(Moment.now.milliseconds)
            #expect(try await api.say("x", at: now + 50_000).status == 201)
            #expect(try await api.say("x", at: now + 90_000).faults == ["timestamp range"])
            #expect(try await api.say("x", at: Int(Moment.last.milliseconds)).faults == ["timestamp range"])
            #expect(try await api.say("x", at: 0).status == 201)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `have their author's name from the agents, or are called by the id`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            #expect(try await api.say("x").data["authorName"] == "ann")
            _ = try await api.post("/api/agents", ["id": "ann", "name": "Ann", "role": "r"])
            #expect(try await api.say("x").data["authorName"] == "Ann")
            let named: JSONValue = ["content": "x", "authorId": "ann", "authorName": "A", "type": "note"]
            let answer = try await api.post(Self.path, named)
            #expect(answer.data["authorName"] == "A" && answer.data["type"] == "note")
            #expect(answer.data["id"]?.stringValue?.hasPrefix("msg-") == true)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `have up to 10,000 characters of any kind but NUL, and are broadcast whole`(kind: StoreKind)
        async throws
    {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            let client = try await SocketTestClient.connect(port: api.port)
            for longest in ["😀", "\u{1}"].map({ String(repeating: $0, count: 10_000) }) {
                #expect(try await api.say(longest).data["content"] == .string(longest))
                let packet = try await client.receive().text
                let event = try JSONValue(parsing: String(packet.dropFirst(2)))
                #expect(event[1]?["message"]?["content"] == .string(longest))
                #expect(try await api.say(longest + "x").faults == ["content length"])
            }
            #expect(try await api.say("a\0b").faults == ["content length"])
            #expect(try await api.say("").faults == ["content length"])
            client.close()
        }
    }

    @Test func `say of each field what is wrong with it`() async throws {
        try await APIScene.run { api in
            try await api.open("d")
            let answer = try await api.post(
                Self.path,
                [
                    "id": .string(String(repeating: "m", count: 101)), "authorName": 5, "type": "",
                    "timestamp": "soon", "colour": "red",
                ])
            #expect(
                answer.faults == [
                    "id length", "content required", "authorId required", "authorName type", "type length",
                    "timestamp format", "colour unknown",
                ])
            let page = try await api.get(Self.path + "?limit=201&before=%00&after=x")
            #expect(page.faults == ["limit range", "before format", "after unknown"])
            #expect(try await api.get(Self.path + "?limit=0").faults == ["limit range"])
        }
    }
}

@Suite struct `Pages of messages` {
    private static let path = "/api/discussions/d/messages"

    @Test(arguments: StoreKind.allCases)
    func `lose and double none of 1,000 messages with few times`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            // Three times for all, and ids in an order of their own.
            let ids = (0..<1_000).map { "m\(($0 * 617) % 1_000)" }
            try await api.fill("d", ids.enumerated().map { ($1, 1_736_935_200_000 + Int64($0 / 400)) })
            var (found, target): ([String], String) = ([], Self.path + "?limit=200")
            var pages = 0
            while true {
                let page = try await api.get(target).data
                found = (page["messages"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue } + found
                pages += 1
                guard let next = page["next"]?.stringValue, pages < 100 else { break }
                // Odd sizes, so that pages end within a time.
                target = Self.path + "?limit=\(pages % 2 == 0 ? 200 : 37)&before=\(next)"
            }
            #expect(found.count == 1_000 && Set(found) == Set(ids))
            let byTime = ids.enumerated().sorted {
                ($0.offset / 400, $0.element) < ($1.offset / 400, $1.element)
            }
            #expect(found == byTime.map(\.element))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `end where there are no more`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            try await api.open("d")
            #expect(try await api.get(Self.path).data == ["messages": [], "next": nil])
            try await api.fill("d", (0..<50).map { ("m\($0)", Int64($0)) })
            let all = try await api.get(Self.path).data
            #expect(all["messages"]?.arrayValue?.count == 50 && all["next"] == .null)
            try await api.fill("d", [("m50", 50)])
            let most = try await api.get(Self.path).data
            let next = try #require(most["next"]?.stringValue)
            #expect(most["messages"]?[0]?["id"] == "m1" && most["messages"]?[49]?["id"] == "m50")
            let rest = try await api.get(Self.path + "?before=\(next)").data
            #expect(rest["messages"]?[0]?["id"] == "m0" && rest["next"] == .null)
            let whole = try await api.get("/api/discussions/d").data
            #expect(whole["messages"]?.arrayValue?.count == 50 && whole["messagesCount"] == 51)
        }
    }
}

extension APIScene {
    /// Stores messages without publishing them.
    func fill(_ discussion: String, _ messages: [(id: String, time: Int64)]) async throws {
        let table = UpsertTable(
            "messages", key: ["id"],
            others: ["discussion_id", "author_id", "author_name", "type", "content", "timestamp"])
        let same = { (text: String) in UpsertColumn.text(messages.map { _ in text }) }
        try await database.upsert(
            UpsertBatch(
                table,
                [
                    .text(messages.map(\.id)), same(discussion), same("ann"), same("Ann"), same("text"),
                    same("x"), .timestamp(messages.map(\.time)),
                ]))
    }
}
