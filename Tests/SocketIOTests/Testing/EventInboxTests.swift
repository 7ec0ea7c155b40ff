import Testing

@testable import SocketIO

@Suite struct `An inbox of events` {
    private static func event(_ name: String, _ number: Int) throws -> KeptEvent {
        let text = Array("[\"\(name)\",\(number)]".utf8)
        let elements = try JSONScanner.scanArray(text.span, from: 0)
        let arguments = EventArguments(text: text, elements: elements, skipped: 1, attachments: [])
        return KeptEvent(arguments: arguments)
    }

    private static func number(_ event: KeptEvent?) -> Int? { try? event?.arguments.decode(Int.self) }

    @Test func `gives away each event once, in order, by name`() throws {
        var inbox = EventInbox()
        for number in 0..<4 {
            inbox.append(try Self.event(number < 2 ? "a" : "b", number), isTaken: number == 0)
        }
        #expect(inbox.unread == ["a", "b"])
        #expect(Self.number(inbox.take("b")) == 2)
        #expect(Self.number(inbox.take(nil)) == 1)
        #expect(inbox.take("a") == nil && Self.number(inbox.take(nil)) == 3 && inbox.take(nil) == nil)
        #expect(inbox.unread == [] && inbox.all.map { Self.number($0) } == [0, 1, 2, 3])
    }

    @Test func `keeps the newest of too many`() throws {
        var inbox = EventInbox()
        for number in 0..<2 * EventInbox.limit { inbox.append(try Self.event("n", number), isTaken: false) }
        #expect(inbox.all.count == 2 * EventInbox.limit && Self.number(inbox.take("n")) == 0)
        inbox.append(try Self.event("n", -1), isTaken: false)
        #expect(inbox.all.count == EventInbox.limit + 1)
        #expect(Self.number(inbox.take("n")) == EventInbox.limit)
    }
}
