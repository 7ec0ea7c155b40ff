import SocketIO
import Synchronization
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Subscriptions of clients` {
    /// The hub with a channel for anything, without a database.
    private struct Hub: Sendable {
        let io: SocketServer
        let ingress: Ingress

        func publish(_ channel: String, _ payload: JSONValue) {
            ingress.received(BusMessage(channel: channel, payload: Array(payload.description.utf8)))
        }

        func client() async throws -> InProcessClient {
            let client = try await io.connectInProcess()
            _ = try await client.next("connected")
            return client
        }
    }

    /// As a file of routes has them: a channel with a namespace of its own.
    private static let deskRoute: ChannelRoute = {
        var route = ChannelRoute(channel: "orders:{desk}", event: "order", rooms: ["topic:orders-{desk}"])
        route.namespace = "/desk"
        return route
    }()

    private func withHub(
        loops: Int = 1, routes: [ChannelRoute] = [],
        stored: @escaping @Sendable (String) async throws -> RoomPrimer.Stored = { _ in [] },
        _ test: (Hub) async throws -> Void
    ) async throws {
        try await withServerPlace {
            let io = SocketServer(options: .test(loops: loops))
            let log = Log("test", level: .error)
            let ingress = Ingress(
                routes: routes + [Self.deskRoute] + ChannelRoute.builtIn, io: io, log: log)
            let primer = RoomPrimer(ingress.logs, load: stored, failed: { _ in })
            Subscriptions(ingress: ingress, primer: primer, log: log).serve(io)
            let result = await Result { try await test(Hub(io: io, ingress: ingress)) }
            await io.close(grace: .zero)
            try result.get()
        }
    }

    private func subscribe(_ client: InProcessClient, _ request: JSONValue) async throws -> JSONValue {
        try await client.emitWithAck("subscribe", request).decode(JSONValue.self)
    }

    private func candle(_ value: Int, _ minute: Int) -> JSONValue {
        [
            "sectorId": "t",
            "candle": [
                "timestamp": .string("2025-01-15T10:0\(minute):00.000Z"),
                "value": .number(JSONNumber(value)),
            ],
        ]
    }

    @Test func `who never subscribes gets the four events of the market`() async throws {
        try await withHub { hub in
            let client = try await hub.client()
            hub.publish("market_updates", ["sectorId": "t", "value": 1])
            hub.publish("sector_candles", candle(1, 0))
            hub.publish("discussion_messages", ["discussionId": "d", "message": ["id": "m"]])
            hub.publish("agent_status", ["agentId": "a", "status": "idle"])
            for event in [
                "market:update", "sector:candle_update", "discussion:new_message", "agent:status_update",
            ] { _ = try await client.next(event) }
        }
    }

    @Test func `a subscription ends the firehose unless it asks for it`() async throws {
        try await withHub { hub in
            let (one, both) = (try await hub.client(), try await hub.client())
            _ = try await subscribe(one, ["rooms": ["sector:t"]])
            _ = try await subscribe(both, ["rooms": ["sector:t"], "firehose": true])
            hub.publish("market_updates", ["sectorId": "other", "value": 1])
            hub.publish("market_updates", ["sectorId": "t", "value": 2])
            let value = try await one.next("market:update").decode(JSONValue.self)["value"]
            #expect(value == 2)
            #expect(try await both.next("market:update").decode(JSONValue.self)["value"] == 1)
        }
    }

    @Test func `who comes late gets the last of everything at once`() async throws {
        try await withHub { hub in
            hub.publish("market_updates", ["sectorId": "t", "value": 1, "timestamp": "x"])
            hub.publish("market_updates", ["sectorId": "t", "value": 2, "timestamp": "x"])
            for (value, minute) in [(1, 0), (2, 1), (3, 1)] {
                hub.publish("sector_candles", candle(value, minute))
            }
            hub.publish("agent_status", ["agentId": "a", "sectorId": "t", "status": "idle"])
            let client = try await hub.client()
            let answer = try await subscribe(client, ["rooms": ["sector:t"]])
            let snapshot = answer["rooms"]?[0]?["snapshot"]?.arrayValue ?? []
            #expect(
                snapshot.map { $0["event"]?.stringValue } == [
                    "market:update", "sector:candle_update", "sector:candle_update", "agent:status_update",
                ])
            #expect(snapshot[0]["data"]?["value"] == 2)
            #expect(snapshot[2]["data"]?["candle"]?["value"] == 3)
        }
    }

    @Test func `who comes back gets what it missed`() async throws {
        try await withHub { hub in
            let client = try await hub.client()
            hub.publish("sector_candles", candle(1, 0))
            let first = try await subscribe(client, ["rooms": ["sector:t"]])
            let offset = try #require(first["rooms"]?[0]?["offset"])
            #expect(first["rooms"]?[0]?["recovered"] == false)
            client.lose()
            hub.publish("sector_candles", candle(2, 1))
            let back = try await hub.client()
            let second = try await subscribe(back, ["rooms": ["sector:t"], "since": ["sector:t": offset]])
            let joined = try #require(second["rooms"]?[0])
            #expect(joined["recovered"] == true && joined["snapshot"]?.arrayValue?.count == 1)
            #expect(joined["snapshot"]?[0]?["data"]?["candle"]?["value"] == 2)
        }
    }

    @Test func `what the bus did not bring for a while comes from the database`() async throws {
        let inStore = Journal<Int>()
        let payloads = (0...3).map { candle($0, $0) }
        let stored: @Sendable (String) async throws -> RoomPrimer.Stored = { _ in
            inStore.all.map { minute in
                let moment = HistoryKey.text("2025-01-15T10:0\(minute):00.000Z")
                let payload = RawJSON(unchecked: Array(payloads[minute].description.utf8))
                return ("sector:candle_update", moment, payload)
            }
        }
        try await withHub(stored: stored) { hub in
            for minute in 0...1 { hub.publish("sector_candles", payloads[minute]) }
            let client = try await hub.client()
            let first = try await subscribe(client, ["rooms": ["sector:t"]])
            let offset = try #require(first["rooms"]?[0]?["offset"])
            hub.ingress.logs.hear(false)
            for minute in 0...2 { inStore.append(minute) }
            hub.ingress.logs.hear(true)
            hub.publish("sector_candles", payloads[3])
            let back = try await subscribe(client, ["rooms": ["sector:t"], "since": ["sector:t": offset]])
            let joined = try #require(back["rooms"]?[0])
            #expect(joined["recovered"] == false)
            let values = joined["snapshot"]?.arrayValue?.map { $0["data"]?["candle"]?["value"] }
            #expect(values == [0, 1, 2, 3])
        }
    }

    @Test func `what was stored is asked for once, and comes first`() async throws {
        let asked = Journal<String>()
        let stored: @Sendable (String) async throws -> RoomPrimer.Stored = { room in
            asked.append(room)
            return [("bar:update", "1", RawJSON(unchecked: Array(#"{"bar":{"time":1}}"#.utf8)))]
        }
        try await withHub(stored: stored) { hub in
            hub.publish("bars:A:1", ["bar": ["time": 2]])
            for _ in 0..<2 {
                let client = try await hub.client()
                let answer = try await subscribe(client, ["rooms": ["bars:A:1", "nonsense:x"]])
                let snapshot = answer["rooms"]?[0]?["snapshot"]?.arrayValue ?? []
                #expect(snapshot.map { $0["data"]?["bar"]?["time"] } == [1, 2])
                #expect(answer["denied"] == [["room": "nonsense:x", "code": "UNKNOWN_ROOM"]])
            }
            #expect(asked.all == ["bars:A:1"])
        }
    }

    @Test func `a room that can never bring anything is none`() async throws {
        try await withHub { hub in
            let client = try await hub.client()
            let wrong: [JSONValue] = [
                "", "bars", "bars:", "bars:A", "bars::1", "bars:A:", "bars:A:1:x", "sector", "sector:",
                "topic:",
                "agent:", "discussion:", "market:", "market:t", "all:x", "sectors:t", ":",
            ]
            let right: [JSONValue] = [
                "bars:A:1", "bars:A:W", "sector:t", "topic:a", "topic:a:b", "agent:a", "discussion:d",
                "market",
                "all",
            ]
            let answer = try await subscribe(client, ["rooms": .array(wrong + right)])
            let denied = answer["denied"]?.arrayValue ?? []
            #expect(denied.map { $0["room"] } == wrong)
            #expect(denied.allSatisfy { $0["code"] == "UNKNOWN_ROOM" })
            #expect(answer["rooms"]?.arrayValue?.map { $0["room"] } == right)
            let history = try await client.emitWithAck("history", ["room": "bars:A"] as JSONValue)
            #expect(try history.decode(JSONValue.self)["ok"] == false)
        }
    }

    @Test func `a database that fails does not keep clients out, and is asked again`() async throws {
        struct Down: Error {}
        let asked = Journal<String>()
        let stored: @Sendable (String) async throws -> RoomPrimer.Stored = { room in
            asked.append(room)
            throw Down()
        }
        try await withHub(stored: stored) { hub in
            let client = try await hub.client()
            for _ in 0..<2 { #expect(try await subscribe(client, ["rooms": ["bars:A:1"]])["ok"] == true) }
            #expect(asked.count == 2)
        }
    }

    @Test func `history and presence answer without joining`() async throws {
        try await withHub { hub in
            let (inside, outside) = (try await hub.client(), try await hub.client())
            _ = try await subscribe(inside, ["rooms": ["bars:A:1"]])
            for time in 1...5 { hub.publish("bars:A:1", ["bar": ["time": .number(JSONNumber(time))]]) }
            let history = try await outside.emitWithAck(
                "history", ["room": "bars:A:1", "limit": 2] as JSONValue
            )
            .decode(JSONValue.self)
            let times = history["snapshot"]?.arrayValue?.map { $0["data"]?["bar"]?["time"] }
            #expect(times == [4, 5])
            let presence = try await outside.emitWithAck("presence", ["room": "bars:A:1"])
                .decode(JSONValue.self)
            #expect(presence["clients"] == 1)
            inside.close()
            #expect(await eventually { hub.ingress.topics.count(of: "bars:A:1") == 0 })
        }
    }

    @Test func `a route's namespace is one that clients can join, and hear it in`() async throws {
        try await withHub { hub in
            let client = try await hub.io.connectInProcess(to: "/desk")
            _ = try await client.next("connected")
            _ = try await subscribe(client, ["rooms": ["topic:orders-7"]])
            hub.publish("orders:7", ["price": 1])
            #expect(try await client.next("order").decode(JSONValue.self)["price"] == 1)
        }
    }

    @Test func `rooms that clients make up are not kept, beside those that are stored`() async throws {
        let logs = RoomLogs()
        let primer = RoomPrimer(logs) { room in
            room == "bars:A:1" ? [("bar:update", "1", RawJSON(unchecked: Array("{}".utf8)))] : []
        } failed: { _ in
        }
        for i in 0..<100 { await primer.prime(["bars:x\(i):1", "bars:A:1"]) }
        #expect(logs.count == 1)
    }

    @Test func `a client is in as many rooms as it may be`() async throws {
        try await withHub { hub in
            let client = try await hub.client()
            // The firehose, which the first subscription leaves, does not count.
            for start in stride(from: 0, to: Topics.roomsPerClient, by: 1_000) {
                let rooms = (start..<start + 1_000).map { JSONValue.string("topic:\($0)") }
                let answer = try await subscribe(client, ["rooms": .array(rooms)])
                #expect(answer["denied"] == [])
            }
            let answer = try await subscribe(client, ["rooms": ["topic:one-more", "topic:0"]])
            #expect(answer["denied"] == [["room": "topic:one-more", "code": "TOO_MANY_ROOMS"]])
            #expect(answer["rooms"]?.arrayValue?.count == 1)
        }
    }

    @Test func `a room that all have left costs no sending`() async throws {
        try await withHub { hub in
            let client = try await hub.client()
            _ = try await subscribe(client, ["rooms": ["bars:A:1"]])
            hub.publish("bars:A:1", ["bar": ["time": 1]])
            _ = try await client.next("bar:update")
            _ = try await client.emitWithAck("unsubscribe", ["rooms": ["bars:A:1"]])
            hub.publish("bars:A:1", ["bar": ["time": 2]])
            await hub.ingress.betweenMessages {}
            #expect(hub.ingress.counts.emitted == 1 && hub.ingress.counts.unheard == 1)
        }
    }

    @Test(arguments: ["subscribe", "unsubscribe", "history", "presence"])
    func `a request that makes no sense is told what was expected`(event: String) async throws {
        try await withHub { hub in
            let client = try await hub.client()
            let answer = try await client.emitWithAck(event, ["room": 5]).decode(JSONValue.self)
            #expect(answer["ok"] == false)
            #expect(answer["error"]?.stringValue?.hasPrefix("expected {") == true)
        }
    }

    @Test func `a client that goes while it waits for its answer is in no room`() async throws {
        let (asked, gate) = (Gate(), Gate())
        let stored: @Sendable (String) async throws -> RoomPrimer.Stored = { _ in
            asked.open()
            await gate.pass()
            return []
        }
        try await withHub(stored: stored) { hub in
            let client = try await hub.client()
            try client.emit("subscribe", ["rooms": ["bars:A:1"]] as JSONValue)
            await asked.pass()
            client.close()
            #expect(await eventually { hub.ingress.topics.largest(1).total == 0 })
            gate.open()
            // A client that comes later is served later.
            _ = try await subscribe(try await hub.client(), ["rooms": ["bars:B:1"]])
            #expect(hub.ingress.topics.count(of: "bars:A:1") == 0)
        }
    }

    @Test func `an answer has as much as fits, the newest of each room, and says where there is more`()
        async throws
    {
        try await withHub { hub in
            let text = JSONValue.string(String(repeating: "x", count: 10_000))
            for room in 0..<40 {
                for time in 0..<(room == 0 ? 1 : 10) {
                    hub.publish("bars:\(room):1", ["bar": ["time": .number(JSONNumber(time)), "text": text]])
                }
            }
            let rooms = (0..<40).map { JSONValue.string("bars:\($0):1") }
            let answer = try await subscribe(try await hub.client(), ["rooms": .array(rooms)])
            let joined = try #require(answer["rooms"]?.arrayValue)
            #expect(answer.description.utf8.count < Subscriptions.bytesPerAnswer * 11 / 10)
            #expect(joined.count == 40 && joined[0]["truncated"] == nil)
            #expect(joined[0]["snapshot"]?.arrayValue?.count == 1)
            for room in joined.dropFirst() {
                #expect(room["truncated"] == true && room["recovered"] == false)
                let snapshot = room["snapshot"]?.arrayValue ?? []
                let times = snapshot.map { $0["data"]?["bar"]?["time"]?.intValue }
                #expect(times == Array(4...9).suffix(times.count) && times.count >= 5)
            }
        }
    }

    @Test func `a room that is named twice is joined and told once`() async throws {
        try await withHub { hub in
            hub.publish("bars:A:1", ["bar": ["time": 1]])
            let request: JSONValue = ["rooms": ["bars:A:1", "bars:A:1", "no:where", "no:where"]]
            let answer = try await subscribe(try await hub.client(), request)
            #expect(answer["rooms"]?.arrayValue?.count == 1 && answer["denied"]?.arrayValue?.count == 1)
        }
    }

    @Test(arguments: ["subscribe", "unsubscribe"]) func `rooms of a request are limited`(event: String)
        async throws
    {
        try await withHub { hub in
            let client = try await hub.client()
            for (count, isTaken) in [(1_000, true), (1_001, false)] {
                let rooms = (0..<count).map { JSONValue.string("topic:\($0)") }
                let answer = try await client.emitWithAck(event, ["rooms": .array(rooms)] as JSONValue)
                #expect(try answer.decode(JSONValue.self)["ok"] == .bool(isTaken))
            }
        }
    }

    @Test(arguments: [(0, false), (1, true), (1_000, true), (1_001, false), (-5, false)])
    func `the limit of a history is checked`(limit: Int, isTaken: Bool) async throws {
        try await withHub { hub in
            let request: JSONValue = ["room": "bars:A:1", "limit": .number(JSONNumber(limit))]
            let answer = try await hub.client().emitWithAck("history", request).decode(JSONValue.self)
            #expect(answer["ok"] == .bool(isTaken))
        }
    }

    /// Its messages have no keys, so that one that came twice would stand there twice.
    private static let tape: ChannelRoute = {
        var route = ChannelRoute(channel: "tape", event: "tick", rooms: ["topic:tape"])
        route.history = 100
        return route
    }()

    @Test(arguments: [1, 2]) func `no message comes twice or is missed where a snapshot ends`(loops: Int)
        async throws
    {
        try await withHub(loops: loops, routes: [Self.tape]) { hub in
            // Far more than it takes, and less than a client of these tests keeps until it is asked.
            let published = Atomic(0)
            let publishing = Task {
                var number = 0
                while !Task.isCancelled {
                    guard published.add(20, ordering: .relaxed).newValue <= 5_000 else {
                        await Task.yield()
                        continue
                    }
                    for _ in 0..<20 {
                        number += 1
                        hub.publish("tape", ["n": .number(JSONNumber(number))])
                    }
                    await hub.ingress.betweenMessages {}
                }
            }
            defer { publishing.cancel() }
            for _ in 0..<50 {
                let client = try await hub.client()
                let answer = try await subscribe(client, ["rooms": ["topic:tape"]])
                published.store(0, ordering: .relaxed)
                var numbers = (answer["rooms"]?[0]?["snapshot"]?.arrayValue ?? []).suffix(50).map {
                    $0["data"]?["n"]?.intValue
                }
                for _ in 0..<50 {
                    numbers.append(try await client.next("tick").decode(JSONValue.self)["n"]?.intValue)
                }
                let first = try #require(numbers[0])
                #expect(numbers == Array(first..<first + numbers.count))
                client.close()
            }
        }
    }

    @Test func `messages of two routes do not replace each other`() async throws {
        let routes = ["desk", "floor"].map { name in
            var route = ChannelRoute(
                channel: ChannelPattern(stringLiteral: name), event: "price",
                rooms: [Template("topic:\(name)")])
            route.conflation = ChannelRoute.Conflation(key: "{symbol}", interval: .seconds(300))
            return route
        }
        try await withHub(routes: routes) { hub in
            let client = try await hub.client()
            _ = try await subscribe(client, ["rooms": ["topic:desk", "topic:floor"]])
            for name in ["desk", "floor"] { hub.publish(name, ["symbol": "A", "of": .string(name)]) }
            for name in ["desk", "floor"] {
                #expect(try await client.next("price").decode(JSONValue.self)["of"] == .string(name))
            }
        }
    }
}
