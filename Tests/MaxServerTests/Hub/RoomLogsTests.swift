import SocketIO
import Testing

@testable import MaxServer

@Suite struct `What rooms remember` {
    private let logs = RoomLogs()

    private func add(
        _ number: Int, key: String? = nil, to rooms: String..., event: String = "e", limit: Int = 8
    ) {
        let payload = RawJSON(unchecked: Array("\(number)".utf8))
        logs.add(payload, event: event, key: key, to: rooms, limit: limit)
    }

    private func numbers(_ room: String, since: String? = nil, limit: Int = .max) -> [Int] {
        logs.excerpt(of: room, since: since, limit: limit).entries.compactMap { Int($0.payload.text) }
    }

    @Test func `are the last messages of each event, oldest first, give or take a quarter`() {
        for i in 1...100 {
            add(i, to: "r")
            if i % 10 == 0 { add(-i, to: "r", event: "rare", limit: 2) }
            let common = numbers("r").filter { $0 > 0 }
            #expect(common == Array((i - common.count + 1)...i))
            #expect((min(i, 8)...12).contains(common.count))
        }
        #expect(numbers("r").filter { $0 < 0 }.suffix(2) == [-90, -100])
    }

    @Test func `replace what is about the same, wherever it stands`() {
        for (number, key) in [(1, "a"), (2, "b"), (3, "a"), (4, "a")] { add(number, key: key, to: "r") }
        add(5, key: "b", to: "r", event: "other")
        #expect(numbers("r") == [2, 4, 5])
    }

    @Test func `do not mix`() {
        add(1, to: "a", "b")
        add(2, to: "b")
        #expect(numbers("a") == [1] && numbers("b") == [1, 2] && numbers("c") == [])
    }

    @Test func `go on where a client left off`() {
        for i in 1...3 { add(i, to: "r") }
        let known = logs.excerpt(of: "r").offset
        add(4, key: "k", to: "r")
        add(5, to: "other")
        add(6, key: "k", to: "r")
        let excerpt = logs.excerpt(of: "r", since: known)
        #expect(excerpt.isComplete && numbers("r", since: known) == [6])
        #expect(logs.excerpt(of: "r", since: excerpt.offset).entries == [])
        #expect(!logs.excerpt(of: "never", since: known).isComplete)
    }

    @Test func `are all there is where what a client missed is gone`() {
        add(1, to: "r")
        let known = logs.excerpt(of: "r").offset
        for i in 2...30 { add(i, to: "r") }
        let excerpt = logs.excerpt(of: "r", since: known)
        #expect(!excerpt.isComplete && numbers("r", since: known) == numbers("r"))
        #expect(numbers("r", since: known, limit: 2) == [29, 30])
    }

    @Test(arguments: ["", "x", "1.1", ".", "1", "-1.2"])
    func `are all there is for an offset that is none of this process`(offset: String) {
        add(1, to: "r")
        let excerpt = logs.excerpt(of: "r", since: offset)
        #expect(!excerpt.isComplete && excerpt.entries.count == 1)
    }

    @Test func `are not all where a message is not remembered`() {
        for i in 1...2 { add(i, to: "r") }
        let known = logs.excerpt(of: "r").offset
        add(3, to: "r", "other", event: "fleeting", limit: 0)
        #expect(!logs.excerpt(of: "r", since: known).isComplete && numbers("r") == [1, 2])
        let later = logs.excerpt(of: "r").offset
        add(4, to: "r")
        #expect(logs.excerpt(of: "r", since: later).isComplete && numbers("r", since: later) == [4])
        #expect(logs.count == 1)
    }

    @Test func `are given to as many rooms as may be, and those go on`() {
        for i in 0..<RoomLogs.roomLimit { add(i, to: "r\(i)") }
        add(-1, to: "one more")
        add(7, to: "r0")
        #expect(numbers("one more") == [] && numbers("r0") == [0, 7] && logs.count == RoomLogs.roomLimit)
    }

    @Test func `begin with what was stored, where nothing newer is known`() {
        add(3, key: "b", to: "r")
        let known = logs.excerpt(of: "r").offset
        let stored = [(1, "a"), (2, "b")].map { number, key in
            (event: "e", key: String?.some(key), payload: RawJSON(unchecked: Array("\(number)".utf8)))
        }
        logs.prime("r", with: stored)
        #expect(numbers("r") == [1, 3])
        // It had not got what was stored.
        #expect(!logs.excerpt(of: "r", since: known).isComplete && numbers("r", since: known) == [1, 3])
        let later = logs.excerpt(of: "r").offset
        #expect(logs.excerpt(of: "r", since: later).isComplete && numbers("r", since: later) == [])
    }
}
