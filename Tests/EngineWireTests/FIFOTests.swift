import EngineWire
import Testing

@Suite("A queue")
struct FIFOTests {
    @Test func `what is appended first is taken first, however long it gets`() {
        var queue = FIFO<Int>()
        var next = 0
        for i in 0..<10_000 {
            queue.append(i)
            queue.append(-1)
            if i % 3 > 0 {
                let expected = next % 2 == 0 ? next / 2 : -1
                #expect(queue.first == expected)
                #expect(queue.popFirst() == expected)
                next += 1
            }
        }
        #expect(queue.count == 20_000 - next)
        #expect(queue.removeAll().count == 20_000 - next)
        #expect(queue.isEmpty)
        #expect(queue.popFirst() == nil)
    }

    @Test func `it can be emptied and used again`() {
        var queue = FIFO<Int>()
        for round in 0..<3 {
            for i in 0..<2_000 { queue.append(i + round) }
            for i in 0..<2_000 { #expect(queue.popFirst() == i + round) }
            #expect(queue.isEmpty)
        }
    }
}
