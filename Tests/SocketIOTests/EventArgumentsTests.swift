import EngineWire
import Foundation
import Testing

@testable import SocketIO

@Suite struct `Event arguments` {
    private struct Trade: Codable, Equatable {
        var symbol: String
        var price: Double
    }

    @Test func `are decoded by their place behind the name`() throws {
        let arguments = try eventArguments("2[\"trade\",{\"symbol\":\"A\",\"price\":1.5},7,null]")
        #expect(arguments.count == 3 && !arguments.isEmpty)
        #expect(arguments.name == "trade")
        #expect(try arguments.decode(Trade.self) == Trade(symbol: "A", price: 1.5))
        #expect(try arguments.decode(Int.self, at: 1) == 7)
        #expect(try arguments.decode(Int?.self, at: 2) == nil)
        #expect(arguments[1] == 7)
    }

    @Test func `of an ack begin with the first element`() throws {
        let arguments = try eventArguments("31[\"first\",2]")
        #expect(arguments.count == 2)
        #expect(try arguments.decode(String.self) == "first")
    }

    @Test func `that are missing are null for those who accept it, and an error for the others`() throws {
        let arguments = try eventArguments("2[\"a\"]")
        #expect(arguments.isEmpty)
        #expect(try arguments.decode(Int?.self) == nil)
        #expect(try arguments.decode(Int?.self, at: 99) == nil)
        #expect(throws: DecodingError.self) { try arguments.decode(Int.self) }
        #expect(arguments[0] == .null)
        #expect(arguments.json(at: 0) == nil && arguments.json(at: -1) == nil)
    }

    /// What was received is put into values that are sent, again and again, so they may get deeper than a client's.
    @Test(arguments: [1, 511, 512, 5_000])
    func `that were encoded here are found, however deep they are`(depth: Int) throws {
        let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        var encoded = try EncodedArguments(1)
        encoded.json += Array(",\(deep)".utf8)
        let arguments = EventArguments(encoded)
        #expect(arguments.count == 2)
        #expect(arguments.json(at: 1)?.bytes == Array(deep.utf8))
    }

    /// An index from a calculation gone wrong must not read the name as an argument, nor trap.
    @Test func `before the first one are missing too`() throws {
        let arguments = try eventArguments("2[\"secret\",1]")
        #expect(try arguments.decode(String?.self, at: -1) == nil)
        #expect(arguments[-1] == .null)
    }

    @Test func `of another type are an error`() throws {
        let arguments = try eventArguments("2[\"a\",\"text\"]")
        #expect(throws: DecodingError.self) { try arguments.decode(Int.self) }
    }

    @Test func `take their attachments as data`() throws {
        let text = "52-[\"a\",{\"_placeholder\":true,\"num\":1},{\"x\":{\"_placeholder\":true,\"num\":0}}]"
        let arguments = try eventArguments(text, attachments: [[1], [2, 3]])
        #expect(try arguments.decode(Data.self) == Data([2, 3]))
        #expect(arguments[1]["x"] == .binary(Data([1])))
    }

    @Test(arguments: [
        "2[\"a\",1.10,{\"z\":1,\"a\" : 2}, \"\\u0041\" ,1e400]", "2[ \"a\" ,\n[1 , 2] ]", "2[\"a\",0]",
        "2[\"a\"]",
        "2[\"a\",1,2,3,4,5,6,7,8,9]",
    ])
    func `are passed on byte by byte`(text: String) throws {
        let arguments = try eventArguments(text)
        var passedOn: [UInt8] = []
        arguments.append(to: &passedOn)
        let again = try eventArguments("31[\(String(decoding: passedOn, as: UTF8.self))]")
        #expect(passedOn.isEmpty || text.contains(String(decoding: passedOn, as: UTF8.self)))
        #expect((0...9).map { again.json(at: $0) } == (0...9).map { arguments.json(at: $0) })
        #expect(EncodedArguments(arguments).json == passedOn)
    }

    @Test func `keep spelling and space between them when passed on`() throws {
        var passedOn = Array("[".utf8)
        try eventArguments("2[\"a\", 1.10 ,{\"z\":1,\"a\" : 2} ]").append(to: &passedOn)
        #expect(String(decoding: passedOn, as: UTF8.self) == "[1.10 ,{\"z\":1,\"a\" : 2}")
    }

    @Test(arguments: [
        ("2[\"plain\"]", "plain"), ("2[\"\\u0063hat\\n\"]", "chat\n"), ("2[\"\"]", ""), ("2[-1.50]", "-1.50"),
        ("31[\"x\"]", ""),
    ])
    func `know the event's name as text`(text: String, name: String) throws {
        #expect(try eventArguments(text).name == name)
    }

    @Test func `compare the name as it was spelt`() throws {
        let arguments = try eventArguments("2[ \"chat\" ,1]")
        #expect(arguments.isNamed(Array("\"chat\"".utf8)))
        #expect(!arguments.isNamed(Array("\"chats\"".utf8)) && !arguments.isNamed(Array("\"Chat\"".utf8)))
    }
}

@Suite struct `Waiting events` {
    @Test func `leave in the order in which they came`() throws {
        var queue = EventQueue()
        for i in 0..<10 { #expect(add(try event(i), to: &queue)) }
        for i in 0..<10 { #expect(number(queue.removeFirst()) == i) }
        #expect(queue.removeFirst() == nil)
    }

    @Test func `are bounded on both sides`() throws {
        var queue = EventQueue()
        let event = try event(0)
        for _ in 0..<EventQueue.limit { #expect(add(event, to: &queue)) }
        #expect(!add(event, to: &queue))
        _ = queue.removeFirst()
        #expect(add(event, to: &queue))
        #expect(!add(event, to: &queue))
    }

    @Test func `that left are let go, though the queue never runs empty`() throws {
        var queue = EventQueue()
        _ = add(try event(0), to: &queue)
        for i in 1...5_000 {
            _ = add(try event(i), to: &queue)
            #expect(number(queue.removeFirst()) == i - 1)
        }
        #expect(kept(by: queue) <= 2 * EventQueue.limit, "one event waits")
    }

    private func event(_ number: Int) throws -> ReceivedEvent {
        ReceivedEvent(arguments: try eventArguments("2[\"e\",\(number)]"))
    }

    private func number(_ event: ReceivedEvent?) -> Int? { event?.arguments[0].intValue }

    private func add(_ event: ReceivedEvent, to queue: inout EventQueue) -> Bool { queue.append(event) }

    /// How many events the queue's storage holds.
    private func kept(by queue: EventQueue) -> Int {
        Mirror(reflecting: queue).children.compactMap { ($0.value as? [ReceivedEvent])?.count }.reduce(0, +)
    }
}
