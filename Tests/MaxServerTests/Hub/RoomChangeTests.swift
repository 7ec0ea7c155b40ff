import SocketIO
import TestSupport
import Testing

@testable import MaxServer

/// What clients of a room get when REST has changed what is stored.
@Suite struct `Rooms of what has changed in the database` {
    @Test func `forget what was said in a discussion that is gone`() async throws {
        try await APIScene.run { api in
            try await api.open("d")
            _ = try await api.say("one")
            #expect(await api.snapshot("discussion:d").count == 1)
            #expect(try await api.delete("/api/discussions/d").status == 200)
            #expect(await api.snapshot("discussion:d").isEmpty)
            try await api.open("d")
            _ = try await api.say("two")
            let snapshot = await api.snapshot("discussion:d")
            #expect(snapshot.count == 1 && snapshot[0].contains("two"))
        }
    }

    @Test func `forget an agent that is gone, and know one that is new`() async throws {
        try await APIScene.run { api in
            let rooms = ["agent:a", "sector:s"]
            for room in rooms { #expect(await api.snapshot(room).isEmpty) }
            for name in ["Ann", "Bob"] {
                let agent: JSONValue = ["id": "a", "name": .string(name), "role": "r", "sectorId": "s"]
                #expect(try await api.post("/api/agents", agent).status == 201)
                for room in rooms { #expect(await api.snapshot(room).count == 1) }
                _ = try await api.patch("/api/agents/a", ["status": "active"])
                for room in rooms { #expect(await api.snapshot(room).last?.contains("active") == true) }
                #expect(try await api.delete("/api/agents/a").status == 200)
                for room in rooms { #expect(await api.snapshot(room).isEmpty) }
            }
        }
    }

    @Test func `follow an agent to another sector`() async throws {
        try await APIScene.run { api in
            _ = try await api.post(
                "/api/agents", ["id": "a", "name": "Ann", "role": "r", "sectorId": "s", "status": "idle"])
            _ = try await api.patch("/api/agents/a", ["status": "active"])
            #expect(await api.snapshot("sector:s").count == 1)
            _ = try await api.patch("/api/agents/a", ["sectorId": "t"])
            #expect(await api.snapshot("sector:s").isEmpty)
            #expect(await api.snapshot("sector:t").count == 1)
        }
    }

    @Test func `forget the candles of a sector that is gone`() async throws {
        try await APIScene.run { api in
            _ = try await api.post("/api/sectors", ["id": "s", "name": "S", "symbol": "S"])
            let candle = #"{"sectorId":"s","candle":{"timestamp":"2025-01-15T10:30:00.000Z","value":1}}"#
            api.ingress.received(BusMessage(channel: "sector_candles", payload: Array(candle.utf8)))
            #expect(await api.snapshot("sector:s").count == 1)
            _ = try await api.delete("/api/sectors/s")
            #expect(await api.snapshot("sector:s").isEmpty)
        }
    }

    @Test func `have what was stored and could not be published`() async throws {
        try await APIScene.run(bus: DownBus()) { api in
            try await api.open("d")
            _ = try await api.post("/api/agents", ["id": "a", "name": "Ann", "role": "r", "sectorId": "s"])
            let rooms = ["discussion:d", "agent:a", "sector:s"]
            for room in rooms { _ = await api.snapshot(room) }
            #expect(try await api.say("one").response["X-Published"] == "false")
            let changed = try await api.patch("/api/agents/a", ["status": "active"])
            #expect(changed.response["X-Published"] == "false")
            for room in rooms {
                let snapshot = await api.snapshot(room)
                #expect(snapshot.count == 1 && snapshot[0].contains(room == rooms[0] ? "one" : "active"))
            }
        }
    }

    @Test func `are told on other nodes, without a word to clients`() async throws {
        try await APIScene.run { api in
            let payload = #"{"discussionId":"d","message":{"id":"m"}}"#
            api.ingress.received(BusMessage(channel: "discussion_messages", payload: Array(payload.utf8)))
            await api.ingress.betweenMessages {}
            let (logs, before) = (api.ingress.logs, api.ingress.counts)
            let offset = logs.excerpt(of: "discussion:d").offset
            for change in ["", "{", #"{"forget":"discussion:d"}"#, #"{"forget":["discussion:d"]}"#] {
                #expect(logs.excerpt(of: "discussion:d").entries.count == 1)
                api.ingress.received(BusMessage(channel: RoomChange.channel, payload: Array(change.utf8)))
                await api.ingress.betweenMessages {}
            }
            let excerpt = logs.excerpt(of: "discussion:d", since: offset)
            #expect(excerpt.entries == [] && !excerpt.isComplete && api.ingress.counts == before)
        }
    }

    @Test func `are read again when what was just said may not be stored yet`() {
        let (logs, now) = (RoomLogs(), ContinuousClock.now)
        logs.add(.emptyObject, event: "e", key: "k", to: ["r"], limit: 5)
        logs.prime("r", with: [], at: now)
        #expect(logs.isFilled("r", at: now + .seconds(60)))
        logs.apply(RoomChange(reread: ["r"]), at: now)
        #expect(!logs.isFilled("r", at: now))
        logs.prime("r", with: [], at: now)
        #expect(logs.isFilled("r", at: now) && !logs.isFilled("r", at: now + RoomLogs.storeLag))
        logs.prime("r", with: [], at: now + RoomLogs.storeLag)
        #expect(logs.isFilled("r", at: now + .seconds(60)))
    }

    @Test func `are read again when they were being read`() async throws {
        let (logs, gate, asked) = (RoomLogs(), Gate(), Journal<String>())
        let primer = RoomPrimer(logs, patience: .seconds(86_400)) { room in
            asked.append(room)
            guard asked.count == 1 else { return [] }
            await gate.pass()
            return [("e", "k", .emptyObject)]
        } failed: { _ in
        }
        async let primed: Void = primer.prime(["discussion:d"])
        #expect(await eventually { gate.waitingCount == 1 })
        logs.apply(RoomChange(forget: ["discussion:d"]))
        gate.open()
        await primed
        #expect(asked.count == 2 && logs.excerpt(of: "discussion:d").entries == [])
    }
}

extension APIScene {
    /// What a client gets who subscribes to a room now.
    fileprivate func snapshot(_ room: String) async -> [String] {
        let stored = StoredRooms(database: database)
        let primer = RoomPrimer(ingress.logs) { room in
            try await stored.messages(of: room)
        } failed: { error in
            Issue.record(error)
        }
        await ingress.betweenMessages {}
        await primer.prime([room])
        return ingress.logs.excerpt(of: room).entries.map(\.payload.text)
    }
}
