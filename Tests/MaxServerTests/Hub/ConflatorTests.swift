import TestSupport
import Testing

@testable import MaxServer

@Suite struct `Messages that replace each other` {
    @Test func `pass at once where none came before, and at the end of the interval the newest`() async {
        let (conflator, passed) = (Conflator(), Journal<Int>())
        for i in 1...100 { conflator.add("k", interval: .milliseconds(50)) { passed.append(i) } }
        #expect(passed.all == [1])
        #expect(await eventually { passed.all == [1, 100] })
    }

    @Test func `have nothing to do with those of another key`() {
        let (conflator, passed) = (Conflator(), Journal<Int>())
        for i in 1...5 { conflator.add("\(i)", interval: .seconds(60)) { passed.append(i) } }
        #expect(passed.all == [1, 2, 3, 4, 5])
    }

    @Test func `pass as they come beyond the limit of keys`() {
        let (conflator, passed) = (Conflator(keyLimit: 2), Journal<String>())
        for key in ["a", "b", "c", "a", "b", "c"] {
            conflator.add(key, interval: .seconds(60)) { passed.append(key) }
        }
        #expect(passed.all == ["a", "b", "c", "c"])
    }

    @Test func `begin anew when an interval brought nothing`() async {
        let (conflator, passed) = (Conflator(), Journal<Int>())
        conflator.add("k", interval: .milliseconds(1)) { passed.append(1) }
        #expect(
            await eventually {
                conflator.add("k", interval: .seconds(60)) { passed.append(2) }
                return passed.all.contains(2)
            })
    }
}
