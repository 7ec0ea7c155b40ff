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
        #expect(drain(&queue) == ["2"])
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

    /// Behind the message that is next, whose bytes do not count.
    @Test(arguments: [(2, 5, true), (1, 5, false), (2, 4, false)])
    func `is within its limits, or not`(packets: Int, bytes: Int, isWithin: Bool) {
        var limits = SendQueueLimits()
        (limits.packets, limits.bytes) = (packets, bytes)
        var queue = SendQueue()
        queue.append(message("ab"))
        queue.append(message("cd"))
        queue.appendPing()
        #expect(queue.isWithin(limits) == isWithin)
    }

    @Test func `a message alone may be larger than all that may wait`() {
        var limits = SendQueueLimits()
        limits.bytes = 4
        var queue = SendQueue()
        queue.append(message("a large one"))
        #expect(queue.isWithin(limits))
        queue.append(message("b"))
        #expect(queue.isWithin(limits))
        queue.append(message("c"))
        #expect(!queue.isWithin(limits))
    }

    @Test func `what is owed comes behind a ping and before all messages, and is made in its turn`() {
        var (queue, made) = (SendQueue(), [String]())
        queue.append(message("live"))
        for batch in [["a", "b"], ["c"]] {
            queue.owe(
                batch.map { text in
                    {
                        made.append(text)
                        return PreparedMessage(.text(text))
                    }
                })
        }
        queue.appendPing()
        #expect(made.isEmpty)
        #expect(queue.nextSize() == 3 && queue.removeFirst() === PreparedMessage.ping)
        #expect(queue.nextSize() == 4 && queue.nextSize() == 4 && made == ["a"])
        #expect(queue.count == 1 && queue.isOwing)
        #expect(drain(&queue) == ["4a", "4b", "4c", "4live"])
        #expect(made == ["a", "b", "c"] && queue.isEmpty)
    }

    @Test func `what is owed counts for nothing, and is not nothing`() {
        var limits = SendQueueLimits()
        (limits.packets, limits.bytes) = (0, 0)
        var queue = SendQueue()
        queue.owe([{ PreparedMessage(.text("a")) }])
        #expect(queue.isWithin(limits) && !queue.isEmpty && queue.bytes == 0)
        #expect(drain(&queue) == ["4a"] && queue.isEmpty)
    }
}
