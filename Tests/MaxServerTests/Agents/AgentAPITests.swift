import Database
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Agents over REST` {
    @Test(arguments: StoreKind.allCases)
    func `are made, shown with their sectors, changed and removed`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            _ = try await api.post("/api/sectors", ["id": "tech", "name": "Tech", "symbol": "TECH"])
            let made = try await api.post(
                "/api/agents",
                [
                    "id": "a1", "name": "Ann 😀", "role": "trader", "sectorId": "tech", "trades": 3,
                    "performance": 1.5, "personality": ["risk": ["high", 2]],
                ])
            #expect(made.status == 201 && made.response["Location"] == "/api/agents/a1")
            let agent = try await api.get("/api/agents/a1").data
            #expect(agent["name"] == "Ann 😀" && agent["status"] == "idle" && agent["trades"] == 3)
            #expect(agent["performance"]?.doubleValue == 1.5 && agent["personality"]?["risk"]?[1] == 2)
            #expect(agent["sectorName"] == "Tech" && agent["sectorSymbol"] == "TECH")
            let changed = try await api.patch("/api/agents/a1", ["role": "boss", "trades": 4]).data
            #expect(changed["role"] == "boss" && changed["trades"] == 4 && changed["name"] == "Ann 😀")
            #expect(changed["personality"]?["risk"]?[0] == "high" && changed["sectorId"] == "tech")
            #expect(try await api.delete("/api/agents/a1").status == 200)
            #expect(try await api.get("/api/agents/a1").status == 404)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are listed by name, of a sector, with a status, and no more than asked for`(kind: StoreKind)
        async throws
    {
        try await APIScene.run(kind) { api in
            for (id, sector, status) in [("c", "s", "active"), ("a", "t", "active"), ("b", "s", "error")] {
                _ = try await api.post(
                    "/api/agents",
                    [
                        "id": .string(id), "name": .string(id), "role": "r", "sectorId": .string(sector),
                        "status": .string(status),
                    ])
            }
            #expect(try await api.get("/api/agents").ids == ["a", "b", "c"])
            #expect(try await api.get("/api/agents?sectorId=s").ids == ["b", "c"])
            #expect(try await api.get("/api/agents?sectorId=s&status=active").ids == ["c"])
            #expect(try await api.get("/api/agents?limit=2").ids == ["a", "b"])
            #expect(try await api.get("/api/agents?sectorId=none").ids == [])
            #expect(try await api.get("/api/agents?status=thinking").ids == [])
            #expect(try await api.pages("/api/agents?limit=1") == [["a"], ["b"], ["c"]])
            #expect(try await api.pages("/api/agents?limit=1&sectorId=s") == [["b"], ["c"]])
            let wrong = try await api.get("/api/agents?status=&limit=1001&order=x&after=x")
            #expect(wrong.faults == ["status length", "after format", "limit range", "order unknown"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `stand in their sector, and leave it with null`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            _ = try await api.post("/api/sectors", ["id": "s", "name": "S", "symbol": "S"])
            _ = try await api.post(
                "/api/agents",
                ["id": "a", "name": "a", "role": "r", "sectorId": "s", "status": "processing"])
            let sector = try await api.get("/api/sectors/s").data
            #expect(sector["agents"]?[0]?["id"] == "a" && sector["activeAgentsCount"] == 1)
            let alone = try await api.patch("/api/agents/a", ["sectorId": nil]).data
            #expect(alone["id"] == "a" && alone["sectorId"] == nil && alone["sectorName"] == nil)
            #expect(try await api.get("/api/sectors/s").data["agents"] == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `say of each field what is wrong with it`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            let answer = try await api.post(
                "/api/agents",
                [
                    "id": "a/b", "role": "", "status": "thinking", "performance": "much",
                    "trades": 2_147_483_648, "personality": [1], "config": [:],
                ])
            #expect(
                answer.faults == [
                    "id format", "name required", "role length", "status choice", "performance type",
                    "trades range", "personality type", "config unknown",
                ])
            let most: JSONValue = ["name": "n", "role": "r", "trades": 2_147_483_647]
            #expect(try await api.post("/api/agents", most).data["trades"] == 2_147_483_647)
            let again: JSONValue = ["id": "a", "name": "n", "role": "r"]
            #expect(try await api.post("/api/agents", again).status == 201)
            #expect(try await api.post("/api/agents", again).code == "EXISTS")
            for method in ["PATCH", "DELETE"] {
                #expect(try await api.send(method, "/api/agents/x", [:]).code == "NOT_FOUND")
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `have a personality of bounded size without NUL`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            // With {"a":""} around it: 16,384 bytes.
            let longest = String(repeating: "x", count: 16_376)
            let personalities: [(JSONValue, Int)] = [
                (["a": .string(longest)], 201), (["a": .string(longest + "x")], 400),
                (["a": [["b\0": 1]]], 400), (["a": ["c": ["x\0"]]], 400),
                (["a": "\\u0000", "b": "𝄞"], 201),
            ]
            for (personality, status) in personalities {
                let answer = try await api.post(
                    "/api/agents", ["name": "n", "role": "r", "personality": personality])
                #expect(answer.status == status)
            }
        }
    }
}

@Suite struct `The status of an agent` {
    private static let agent: JSONValue = ["id": "a", "name": "a", "role": "r", "sectorId": "s"]

    @Test(arguments: StoreKind.allCases)
    func `is published whenever one is said, and only then`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            _ = try await api.post("/api/agents", Self.agent)
            let client = try await SocketTestClient.connect(port: api.port)
            _ = try await api.patch("/api/agents/a", ["trades": 1])
            for status in ["idle", "active", "active", "error"] {
                let answer = try await api.patch("/api/agents/a", ["status": .string(status)])
                #expect(answer.data["status"] == .string(status))
                #expect(answer.response["X-Published"] == nil)
            }
            for status in ["idle", "active", "active", "error"] {
                let event =
                    #"42["agent:status_update",{"agentId":"a","sectorId":"s","status":"\#(status)"}]"#
                #expect(try await client.receive() == .text(event))
            }
            client.close()
        }
    }

    @Test func `is stored when the bus is down, and the answer says that nobody was told`() async throws {
        try await APIScene.run(bus: DownBus()) { api in
            _ = try await api.post("/api/agents", Self.agent)
            let answer = try await api.patch("/api/agents/a", ["status": "active"])
            #expect(answer.status == 200 && answer.response["X-Published"] == "false")
            #expect(try await api.get("/api/agents/a").data["status"] == "active")
        }
    }

    @Test func `that the bus did not take is published when it is said again`() async throws {
        let bus = FlakyBus()
        try await APIScene.run(bus: bus) { api in
            _ = try await api.post("/api/agents", Self.agent)
            let before = bus.published
            bus.isDown = true
            let lost = try await api.patch("/api/agents/a", ["status": "active"])
            #expect(lost.response["X-Published"] == "false" && bus.published == before)
            bus.isDown = false
            let told = try await api.patch("/api/agents/a", ["status": "active"])
            #expect(told.response["X-Published"] == nil && bus.published > before)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `is taken over from the bus, any of at most 100 characters`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            _ = try await api.post("/api/agents", Self.agent)
            let arrivals = Arrivals(
                agents: AgentStore(database: api.database), messages: MessageStore(database: api.database))
            func arrives(_ payload: JSONObject) async throws -> Arrival? {
                try await arrivals.received(payload, on: .agentStatus)
            }
            let long = String(repeating: "😀", count: 100)
            #expect(try await arrives(["agentId": "a", "sectorId": "x", "status": .string(long)]) == .stored)
            let agent = try await api.get("/api/agents/a").data
            #expect(agent["status"] == .string(long) && agent["lastSeenAt"]?.stringValue != nil)
            #expect(agent["sectorId"] == "s")
            let status = String(repeating: "%F0%9F%98%80", count: 100)
            #expect(try await api.get("/api/agents?status=\(status)").ids == ["a"])
            #expect(try await arrives(["agentId": "b", "status": "idle"]) == .ignored)
            #expect(try await arrives(["agentId": "a", "status": .string(long + "x")]) == .unusable)
            #expect(try await arrives(["agentId": "a", "status": "a\0"]) == .unusable)
            #expect(try await arrives(["agentId": "a"]) == .unusable)
            #expect(arrivals.count(.unusable) == 3 && arrivals.count(.ignored) == 1)
            #expect(try await arrivals.received([:], on: .sectorCandles) == nil)
        }
    }
}
