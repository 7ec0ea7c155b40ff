import Testing

@testable import EngineIO

/// Messages of which only the newest of each key waits.
@Suite struct `Send queue of newest values` {
    private func message(_ text: String, _ key: String? = nil) -> PreparedMessage {
        PreparedMessage([.text(text)], latest: key)
    }

    private func texts(_ messages: [PreparedMessage]) -> [String] {
        messages.map { String(decoding: $0.frames.dropFirst(3), as: UTF8.self) }
    }

    private func drain(_ queue: inout SendQueue) -> [String] {
        var messages: [PreparedMessage] = []
        while let message = queue.removeFirst() { messages.append(message) }
        return texts(messages)
    }

    /// A queue of messages like `a1`, whose first letter is their key; a capital stands for none.
    private func queue(_ texts: String...) -> SendQueue {
        var queue = SendQueue()
        for text in texts {
            let key = text.first.flatMap { $0.isLowercase ? String($0) : nil }
            queue.append(message(text, key))
        }
        return queue
    }

    @Test func `keeps the newest of a key, at the end`() {
        var queue = queue("a1", "B1", "a2", "c1", "a3", "B2")
        #expect(queue.count == 4)
        #expect(drain(&queue) == ["B1", "c1", "a3", "B2"])
        #expect(queue.isEmpty && queue.bytes == 0)
    }

    @Test func `counts what waits only`() {
        let size = message("a1").size
        var queue = queue("a1", "a2", "B1", "b1", "b2", "a3")
        #expect(queue.bytes == 3 * size)
        #expect(queue.nextSize() == size)
        queue.append(message("a", "a"))
        #expect(queue.bytes == 3 * size - 1)
    }

    @Test func `replaces nothing that has left`() {
        var queue = queue("a1", "B1")
        #expect(queue.removeFirst().map { texts([$0]) } == ["a1"])
        queue.append(message("a2", "a"))
        #expect(drain(&queue) == ["B1", "a2"])
    }

    @Test func `replaces the only one`() {
        var queue = queue("a1", "a2")
        #expect(queue.count == 1)
        #expect(drain(&queue) == ["a2"])
        queue.append(message("a3", "a"))
        #expect(drain(&queue) == ["a3"])
    }

    @Test func `replaces a message whole, with its parts`() {
        var queue = SendQueue()
        for number in [1, 2] {
            queue.append(PreparedMessage([.text("\(number)"), .binary([1, 2, 3])], latest: "a"))
        }
        #expect(queue.count == 1)
        #expect(queue.removeFirst()?.parts.count == 2)
        #expect(queue.isEmpty && queue.bytes == 0)
    }

    @Test func `lets a ping overtake the newest, too`() {
        var queue = queue("a1", "a2")
        queue.appendPing()
        queue.append(message("a3", "a"))
        #expect(queue.removeFirst() === PreparedMessage.ping)
        #expect(drain(&queue) == ["a3"])
    }

    @Test(arguments: [(1, 1_000_000), (100, 200_000)], [false, true])
    func `takes a million newest values in the room of a few`(
        values: (keys: Int, count: Int), isBehindAnother: Bool
    ) {
        var queue = isBehindAnother ? queue("B1") : queue()
        let messages = (0..<values.keys).map { message("a", "\($0)") }
        var most = 0
        for number in 0..<values.count {
            queue.append(messages[number % values.keys])
            most = max(most, queue.places)
        }
        #expect(most <= 2 * (values.keys + 1) + 64)
        #expect(queue.count == values.keys + (isBehindAnother ? 1 : 0))
    }

    @Test func `agrees with a simple one whatever comes and goes`() {
        var random = SystemRandomNumberGenerator()
        var queue = SendQueue()
        var simple: [(text: String, key: String?)] = []
        for number in 0..<20_000 {
            if Int.random(in: 0..<3, using: &random) > 0 {
                let key = Bool.random(using: &random) ? "\(Int.random(in: 0..<200, using: &random))" : nil
                if let key { simple.removeAll { $0.key == key } }
                simple.append(("\(number)", key))
                queue.append(message("\(number)", key))
            } else {
                let expected = simple.isEmpty ? nil : simple.removeFirst().text
                #expect(queue.removeFirst().map { texts([$0])[0] } == expected)
            }
        }
        #expect(queue.count == simple.count)
        #expect(drain(&queue) == simple.map(\.text) && queue.bytes == 0)
    }
}
