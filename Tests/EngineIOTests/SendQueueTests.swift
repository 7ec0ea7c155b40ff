import Testing

@testable import EngineIO

@Suite struct `Send queue` {
    private func message(_ text: String) -> PreparedMessage { PreparedMessage(.text(text)) }

    private func drain(_ queue: inout SendQueue) -> [String] {
        var texts: [String] = []
        while let message = queue.removeFirst() {
            texts.append(String(decoding: message.frames.dropFirst(2), as: UTF8.self))
        }
        return texts
    }

    @Test func `gives back in order`() {
        var queue = SendQueue()
        for text in ["a", "b", "c"] { queue.append(message(text)) }
        #expect(queue.count == 3)
        #expect(drain(&queue) == ["4a", "4b", "4c"])
        #expect(queue.isEmpty)
        #expect(queue.bytes == 0)
    }

    @Test func `a ping overtakes all messages, once`() {
        var queue = SendQueue()
        queue.append(message("a"))
        queue.appendPing()
        queue.appendPing()
        #expect(drain(&queue) == ["2", "4a"])
    }

    @Test func `a ping alone is not nothing`() {
        var queue = SendQueue()
        queue.appendPing()
        #expect(!queue.isEmpty)
        #expect(queue.removeAll().count == 1)
        #expect(queue.isEmpty)
    }

    @Test func `keeps its order and its bytes while it is filled and emptied`() {
        var queue = SendQueue()
        var (written, read) = (0, 0)
        for round in 0..<200 {
            for _ in 0..<(round % 37 + 20) {
                queue.append(message("\(written)"))
                written += 1
            }
            for _ in 0..<(round % 29) {
                #expect(queue.removeFirst()?.frames.dropFirst(3).elementsEqual("\(read)".utf8) == true)
                read += 1
            }
            #expect(queue.count == written - read)
        }
        #expect(drain(&queue) == (read..<written).map { "4\($0)" })
        #expect(queue.bytes == 0)
    }

    @Test(arguments: [(2, 10, true), (1, 10, false), (2, 9, false)])
    func `is within its limits, or not`(packets: Int, bytes: Int, isWithin: Bool) {
        var limits = SendQueueLimits()
        (limits.packets, limits.bytes) = (packets, bytes)
        var queue = SendQueue()
        queue.append(message("ab"))
        queue.append(message("cd"))
        queue.appendPing()
        #expect(queue.isWithin(limits) == isWithin)
    }

    @Test func `everything at once is a ping and then the messages`() {
        var queue = SendQueue()
        queue.append(message("a"))
        queue.appendPing()
        queue.append(message("b"))
        #expect(queue.removeAll().map(\.frames.count) == [3, 4, 4])
        #expect(queue.bytes == 0)
    }
}
