import Database
import Foundation
import SocketIO
import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Prices that are stored` {
    private func record(_ recorder: MarketRecorder, _ channel: String, _ text: String) throws {
        for route in ChannelRoute.builtIn {
            guard let captures = route.channel.match(channel) else { continue }
            for message in try RoutedMessage.read(
                Array(text.utf8), captures: captures, route: route, now: .now)
            {
                recorder.record(message)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are the last of each sector and moment`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            let recorder = MarketRecorder(database: api.database, log: Log("test", level: .error))
            for value in [1, 2, 3] {
                try record(
                    recorder, "sector_candles",
                    #"{"sectorId":"t","candle":{"timestamp":"2025-01-15T10:30:00.000Z","value":\#(value)}}"#)
            }
            try record(
                recorder, "sector_candles",
                #"{"sectorId":"t","candle":{"timestamp":"2025-01-15T10:31:00Z","open":4,"close":5,"high":6}}"#
            )
            await recorder.close()
            let candles = try await SectorStore(database: api.database).candles(
                of: "t", from: nil, to: nil, limit: 10)
            #expect(candles.map(\.value) == [3, 5])
            #expect(candles[1].high == 6 && candles[1].low == nil)
        }
    }

    @Test func `are those of the channel, whatever the message says`() async throws {
        try await APIScene.run { api in
            let recorder = MarketRecorder(database: api.database, log: Log("test", level: .error))
            try record(
                recorder, "bars:AAPL:1",
                #"{"symbol":"MSFT","resolution":"5","bar":{"time":60000,"open":1,"high":2,"low":1,"close":1}}"#
            )
            await recorder.close()
            let stored = StoredRooms(database: api.database)
            #expect(try await stored.messages(of: "bars:AAPL:1").count == 1)
            #expect(try await stored.messages(of: "bars:MSFT:5").isEmpty)
        }
    }

    @Test(arguments: [
        (
            "sector_candles", #"{"sectorId":"#, #","candle":{"timestamp":"2025-01-15T10:30:00Z","value":1}}"#,
            400
        ),
        ("bars:*:1", #"{"symbol":"#, #","bar":{"time":1,"open":1,"high":1,"low":1,"close":1}}"#, 64),
    ])
    func `have names that fit into a key`(channel: String, before: String, behind: String, longest: Int)
        async throws
    {
        try await APIScene.run { api in
            let recorder = MarketRecorder(database: api.database, log: Log("test", level: .error))
            let longer = String(repeating: "x", count: longest + 1)
            for name in [String(longer.dropLast()), longer, "a\\u0000b", ""] {
                let isInChannel = channel.contains("*")
                // A channel's name has no escapes, and no empty parts.
                if isInChannel, name.count < 10 { continue }
                try record(
                    recorder,
                    channel.split(separator: "*", omittingEmptySubsequences: false).joined(separator: name),
                    before + "\"" + name + "\"" + behind)
            }
            #expect(recorder.unsuitableCount == (channel.contains("*") ? 1 : 3))
            await recorder.close()
        }
    }

    @Test(arguments: StoreKind.allCases, ["D", "1D", "1440"])
    func `of days are found by every name of a day`(kind: StoreKind, name: String) async throws {
        try await APIScene.run(kind) { api in
            let recorder = MarketRecorder(database: api.database, log: Log("test", level: .error))
            try record(
                recorder, "bars:AAPL:\(name)", #"{"bar":{"time":0,"open":1,"high":2,"low":0.5,"close":1.5}}"#)
            await recorder.close()
            for other in ["D", "1D", "1440"] {
                let bars = try await api.get("/api/bars/AAPL?resolution=\(other)")
                #expect(bars.data.arrayValue?.count == 1)
                let stored = try await StoredRooms(database: api.database).messages(of: "bars:AAPL:\(other)")
                // A room's messages bear its name.
                let message = try JSONValue(parsing: try #require(stored.first).payload.bytes)
                #expect(message["resolution"] == .string(other))
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are there for who asks after a restart`(kind: StoreKind) async throws {
        try await APIScene.run(kind) { api in
            let recorder = MarketRecorder(database: api.database, log: Log("test", level: .error))
            try record(
                recorder, "bars:AAPL:1",
                #"[{"bar":{"time":1,"open":1,"high":2,"low":0.5,"close":1.5,"volume":10}},"#
                    + #"{"bar":{"time":60000,"open":1.5,"high":2,"low":1,"close":1}}]"#)
            await recorder.close()
            let stored = try await StoredRooms(database: api.database).messages(of: "bars:AAPL:1")
            #expect(stored.map(\.key) == ["1", "60000"])
            let last = try JSONValue(parsing: stored[1].payload.bytes)
            #expect(last["symbol"] == "AAPL" && last["resolution"] == "1" && last["bar"]?["close"] == 1)
            let bars = try await api.get("/api/bars/AAPL?resolution=1&from=2&limit=5")
            #expect(bars.data.arrayValue?.count == 1 && bars.data[0]?["volume"] == 0)
            #expect(try await api.get("/api/bars/AAPL").faults == ["resolution required"])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `are told once, also if they came in another spelling`(kind: StoreKind) async throws {
        let bar = #"{"bar":{"time":1.0,"open":1,"high":1,"low":1,"close":1}}"#
        let candle = #"{"sectorId":"t","candle":{"timestamp":"2025-01-15T10:31:00+00:00","value":1}}"#
        for (channel, room, text) in [
            ("sector_candles", "sector:t", candle), ("bars:A:1", "bars:A:1", bar),
        ] {
            try await APIScene.run(kind) { api in
                let recorder = MarketRecorder(database: api.database, log: Log("test", level: .error))
                try record(recorder, channel, text)
                await recorder.close()
                api.ingress.received(BusMessage(channel: channel, payload: Array(text.utf8)))
                let stored = try await StoredRooms(database: api.database).messages(of: room)
                api.ingress.logs.prime(room, with: stored)
                #expect(stored.count == 1 && api.ingress.logs.excerpt(of: room).entries.count == 1)
            }
        }
    }

    @Test(arguments: [
        ("sector_candles", #"{"sectorId":"t","candle":{"timestamp":"soon","value":1}}"#),
        ("sector_candles", #"{"sectorId":"t","open":1}"#), ("bars:A:1", #"{"bar":{"time":1}}"#),
        ("bars:A:1", #"{"bar":{"time":1e18,"open":1,"high":1,"low":1,"close":1}}"#),
    ])
    func `of another shape are counted`(channel: String, text: String) async throws {
        try await APIScene.run { api in
            let recorder = MarketRecorder(database: api.database, log: Log("test", level: .error))
            try record(recorder, channel, text)
            await recorder.close()
            #expect(recorder.unsuitableCount == 1)
        }
    }
}
