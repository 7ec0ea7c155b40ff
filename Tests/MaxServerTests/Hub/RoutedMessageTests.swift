import Foundation
import SocketIO
import Testing

@testable import MaxServer

/// The channels of the MAX backend.
@Suite struct `Messages of the bus` {
    /// 2025-01-15T10:30:00.000Z
    private static let now = Date(timeIntervalSince1970: 1_736_937_000)

    @Test(arguments: [
        (
            "market_updates", #"{ "sectorId":"tech", "price": 1.10, "timestamp":"2025-01-01T00:00:00Z" }"#,
            "market:update", ["all", "market", "sector:tech"]
        ),
        (
            "sector_candles", #"{"sectorId":"energy","open":1245.50,"close":1e3}"#, "sector:candle_update",
            ["all", "sector:energy"]
        ),
        (
            "discussion_messages", #"{"discussionId":"d-1","content":"Gr\u00fc\u00dfe é 😀"}"#,
            "discussion:new_message",
            ["all", "discussion:d-1"]
        ),
        (
            "agent_status", #"{"agentId":7,"sectorId":"tech","status":"thinking"}"#, "agent:status_update",
            ["all", "agent:7", "sector:tech"]
        ),
        (
            "bars:AAPL:5", #"{"symbol":"AAPL","resolution":"5","bar":{"time":1736936700000,"open":1.0}}"#,
            "bar:update",
            ["bars:AAPL:5"]
        ),
    ])
    func `have their event, their rooms and the bytes that came`(
        channel: String, payload: String, event: String, rooms: [String]
    ) throws {
        let messages = try read(payload, from: channel)
        #expect(messages.count == 1)
        #expect(messages.first?.event == event)
        #expect(messages.first?.rooms == rooms)
        #expect(messages.first?.payload.text == payload)
    }

    @Test func `a missing timestamp is filled in behind the rest`() throws {
        let messages = try read(#"{"sectorId":"tech","price":1.10}"#, from: "market_updates")
        #expect(
            messages.map(\.payload.text)
                == [#"{"sectorId":"tech","price":1.10,"timestamp":"2025-01-15T10:30:00.000Z"}"#])
    }

    @Test(arguments: [#"{"timestamp":null}"#, #"{"timestamp":0}"#, #"{"timestamp":""}"#])
    func `a timestamp that is there stays, whatever it is`(payload: String) throws {
        #expect(try read(payload, from: "market_updates").first?.payload.text == payload)
    }

    @Test(arguments: [
        (#"{"order":{"id":"o-1"}}"#, ["topic:o-1"]), (#"{"order.id":7,"order":{"id":8}}"#, ["topic:7"]),
        (#"{"order":{}}"#, []), (#"{"order":"id"}"#, []), (#"{"order":{"id":{"x":1}}}"#, []),
    ])
    func `a room is named by a field of an object in the payload`(payload: String, rooms: [String]) throws {
        let route = ChannelRoute(channel: "c", event: "e", rooms: ["topic:{order.id}"])
        let messages = try RoutedMessage.read(
            Array(payload.utf8), captures: [:], route: route, now: Self.now)
        #expect(messages.map(\.rooms) == [rooms])
    }

    @Test func `a room whose field is missing is left out`() throws {
        #expect(try read(#"{"timestamp":1}"#, from: "market_updates").first?.rooms == ["all", "market"])
        #expect(try read(#"{"sectorId":null}"#, from: "sector_candles").first?.rooms == ["all"])
        #expect(try read(#"{"sectorId":{"a":1}}"#, from: "sector_candles").first?.rooms == ["all"])
    }

    /// `redis-cli publish bars:AAPL:5 '{"bar":{…}}'`.
    @Test func `a bar by hand gets symbol and resolution from its channel`() throws {
        let messages = try read(#"{"bar":{"time":5,"open":1.50}}"#, from: "bars:AAPL:5")
        let payload = try JSONValue(parsing: messages.first?.payload.text ?? "")
        #expect(payload["symbol"] == "AAPL" && payload["resolution"] == "5")
        #expect(messages.first?.payload.text.hasPrefix(#"{"bar":{"time":5,"open":1.50}"#) == true)
        #expect(messages.first?.rooms == ["bars:AAPL:5"])
        let onlyResolution = try read(#"{"symbol":"AAPL","bar":{}}"#, from: "bars:AAPL:5")
        #expect(onlyResolution.first?.payload.text == #"{"symbol":"AAPL","bar":{},"resolution":"5"}"#)
    }

    @Test func `a bar's room is that of its channel, whatever the payload says`() throws {
        let message = try read(#"{"symbol":"MSFT","resolution":"1","bar":{}}"#, from: "bars:AAPL:5").first
        #expect(message?.rooms == ["bars:AAPL:5"])
    }

    @Test(arguments: [
        (
            "sector_candles", #"{"sectorId":"t","candle":{"open":1,"close":1.50},"x":1}"#,
            #"{"sectorId":"t","candle":{"open":1,"close":1.50,"value":1.50},"x":1}"#
        ),
        ("sector_candles", #"{"candle":{"close":2,"value":1}}"#, #"{"candle":{"close":2,"value":1}}"#),
        ("sector_candles", #"{"candle":{}}"#, #"{"candle":{}}"#),
        ("sector_candles", #"{"candle":5}"#, #"{"candle":5}"#),
        (
            "discussion_messages", #"{"message": {"agentId":"a\u002d7","agentName":"Ann","content":"x"} }"#,
            #"{"message": {"agentId":"a\u002d7","agentName":"Ann","content":"x","authorId":"a\u002d7","authorName":"Ann","#
                + #""timestamp":"2025-01-15T10:30:00.000Z","type":"text"} }"#
        ),
        (
            "discussion_messages", #"{"message":{}}"#,
            #"{"message":{"timestamp":"2025-01-15T10:30:00.000Z","type":"text"}}"#
        ),
        (
            "market_updates", #"{}"#, #"{"timestamp":"2025-01-15T10:30:00.000Z"}"#
        ),
    ])
    func `what is missing inside is filled in there`(channel: String, payload: String, filled: String) throws
    {
        #expect(try read(payload, from: channel).map(\.payload.text) == [filled])
        #expect(try read("[\(payload),\(payload)]", from: channel).map(\.payload.text) == [filled, filled])
    }

    /// Else two nodes, or one after a restart, tell the same message differently.
    @Test func `several missing fields are filled in in the order of the route`() throws {
        let route = ChannelRoute(
            channel: "c", event: "e", rooms: [],
            defaults: "abcdefgh".enumerated().map { .init("\($1)", .text(Template("\($0 + 1)"))) })
        let message = try RoutedMessage.read(
            Array(#"{"z":0}"#.utf8), captures: [:], route: route, now: Self.now
        ).first
        #expect(
            message?.payload.text
                == #"{"z":0,"a":"1","b":"2","c":"3","d":"4","e":"5","f":"6","g":"7","h":"8"}"#)
    }

    @Test func `bars replace each other in the history by their time`() throws {
        #expect(try read(#"{"bar":{"time":5}}"#, from: "bars:A:1").first?.historyKey == "5")
        #expect(try read(#"{"bar":{}}"#, from: "bars:A:1").first?.historyKey == nil)
        let other = #"{"candle":{"timestamp":"t"},"bar":{"time":5}}"#
        #expect(try read(other, from: "sector_candles").first?.historyKey == "t")
    }

    @Test(arguments: [
        "2025-01-15T10:31:00Z", "2025-01-15T10:31:00.000Z", "2025-01-15T10:31:00+00:00",
        "2025-01-15T12:31:00.0001+02:00",
    ])
    func `candles replace each other by their moment, however it is written`(time: String) throws {
        let message = try read(#"{"candle":{"timestamp":"\#(time)"}}"#, from: "sector_candles").first
        #expect(message?.historyKey == "1736937060000")
    }

    @Test(arguments: [
        (#""café""#, "café"), (#""caf\u00e9""#, "café"), ("7", "7"), (#""7""#, "7"), ("7.0", "7"),
        ("[1]", "[1]"),
    ])
    func `what has an id is the same, however that is written`(id: String, key: String) throws {
        #expect(try read(#"{"agentId":\#(id)}"#, from: "agent_status").first?.historyKey == key)
    }

    @Test func `an array is as many messages`() throws {
        let messages = try read(#" [{"sectorId":"a","v":1.0},{"sectorId":"b"}] "#, from: "sector_candles")
        #expect(messages.map(\.payload.text) == [#"{"sectorId":"a","v":1.0}"#, #"{"sectorId":"b"}"#])
        #expect(messages.map(\.rooms) == [["all", "sector:a"], ["all", "sector:b"]])
        #expect(try read("[]", from: "sector_candles").isEmpty)
    }

    @Test func `the objects of an array are limited on both sides`() throws {
        func list(_ count: Int) -> String {
            "[" + Array(repeating: "{}", count: count).joined(separator: ",") + "]"
        }
        #expect(try read(list(RoutedMessage.most), from: "sector_candles").count == RoutedMessage.most)
        #expect(throws: RoutedMessage.Problem.tooMany(RoutedMessage.most)) {
            try read(list(RoutedMessage.most + 1), from: "sector_candles")
        }
    }

    @Test(arguments: [
        "", " ", "{", "{}x", "{'a':1}", "{\"a\":01}", "NaN", "[{}", "\u{0}", "{\"a\":\"\u{1}\"}",
    ])
    func `what is not JSON is refused`(payload: String) throws {
        let problem = try #require(throws: RoutedMessage.Problem.self) {
            try read(payload, from: "sector_candles")
        }
        #expect(problem.description.hasPrefix("it is not JSON, plain or compressed with gzip: byte "))
    }

    @Test(arguments: ["1", "\"a\"", "null", "true", "[1]", "[{},null]", "[[{}]]"])
    func `JSON of another shape is refused`(payload: String) {
        #expect(throws: RoutedMessage.Problem.notAnObject) { try read(payload, from: "sector_candles") }
    }

    @Test func `the size is limited on both sides`() throws {
        let frame = #"{"sectorId":"a","text":""}"#
        func payload(_ size: Int) -> String {
            #"{"sectorId":"a","text":"\#(String(repeating: "x", count: size - frame.utf8.count))"}"#
        }
        let limit = RoutedMessage.largest
        #expect(try read(payload(limit), from: "sector_candles").first?.payload.bytes.count == limit)
        #expect(throws: RoutedMessage.Problem.tooLarge(limit)) {
            try read(payload(limit + 1), from: "sector_candles")
        }
    }

    @Test func `no problem tells what the payload was`() throws {
        let problem = try #require(throws: RoutedMessage.Problem.self) {
            try read("{secret}", from: "sector_candles")
        }
        #expect(!problem.description.contains("secret"))
    }

    private func read(_ payload: String, from channel: String) throws -> [RoutedMessage] {
        for route in ChannelRoute.builtIn {
            guard let captures = route.channel.match(channel) else { continue }
            return try RoutedMessage.read(
                Array(payload.utf8), captures: captures, route: route, now: Self.now)
        }
        Issue.record("no route for \(channel)")
        return []
    }
}
