import Testing

@testable import SocketIO

@Suite struct `Log of events` {
    private let everyone = BroadcastTarget()
    private let empty = OutgoingEvent(name: "e", arguments: EncodedArguments())

    /// A log of events to everyone, one each millisecond from 1.
    private func log(_ count: Int) -> EventLog {
        var log = EventLog()
        for _ in 0..<count { add(to: &log) }
        return log
    }

    private func add(to log: inout EventLog, _ target: BroadcastTarget? = nil, latest key: String? = nil) {
        _ = log.append(empty, to: target ?? everyone, order: 0, time: log.last + 1, latest: key)
    }

    private func numbers(_ log: EventLog, after number: UInt64, rooms: Set<String> = []) -> [UInt64]? {
        log.events(after: number, for: "me", in: RoomHistory(rooms))?.map(\.number)
    }

    @Test func `begins without events, and whoever has none missed none`() {
        let log = EventLog()
        #expect(log.isEmpty)
        #expect(log.last == 0)
        #expect(numbers(log, after: 0) == [])
    }

    @Test func `numbers events from 1`() {
        #expect(numbers(log(3), after: 0) == [1, 2, 3])
    }

    @Test(arguments: [(0, [1, 2, 3]), (1, [2, 3]), (2, [3]), (3, [])] as [(UInt64, [UInt64])])
    func `gives what is behind a number`(number: UInt64, expected: [UInt64]) {
        #expect(numbers(log(3), after: number) == expected)
    }

    @Test func `gives what was sent to a room while the socket was there`() {
        var log = EventLog()
        var rooms = RoomHistory()
        for number in 1...9 as ClosedRange<UInt64> {
            if number == 3 || number == 8 { rooms.joined("room", after: log.last) }
            if number == 6 { rooms.left("room", after: log.last, lost: 0) }
            add(to: &log, BroadcastTarget(rooms: ["room"]))
        }
        #expect(log.events(after: 0, for: "me", in: rooms)?.map(\.number) == [3, 4, 5, 8, 9])
    }

    @Test func `does not know what was for a socket whose rooms are forgotten`() {
        let log = log(8)
        #expect(log.events(after: 4, for: "me", in: RoomHistory(after: 5)) == nil)
        #expect(log.events(after: 5, for: "me", in: RoomHistory(after: 5))?.count == 3)
    }

    @Test func `does not know a number that it never gave`() {
        #expect(numbers(log(3), after: 4) == nil)
        #expect(numbers(log(3), after: .max) == nil)
        #expect(numbers(EventLog(), after: 1) == nil)
    }

    @Test func `gives a socket only what is for it`() {
        var log = EventLog()
        for rooms in [["me"], ["you"], ["room"], ["other"], []] {
            add(to: &log, BroadcastTarget(rooms: rooms))
        }
        add(to: &log, BroadcastTarget(excepted: ["me"]))
        add(to: &log, BroadcastTarget(rooms: ["me"], excepted: ["room"]))
        #expect(numbers(log, after: 0, rooms: ["room"]) == [1, 3, 5])
        #expect(numbers(log, after: 0) == [1, 5, 7])
    }

    // MARK: The newest of a key

    @Test func `keeps the newest of a key, at its own place`() {
        var log = EventLog()
        for key in ["a", nil, "a", "b", "a", nil] { add(to: &log, latest: key) }
        #expect(numbers(log, after: 0) == [2, 4, 5, 6])
        #expect(numbers(log, after: 3) == [4, 5, 6], "the one of a client's number may be replaced")
    }

    @Test func `keeps the newest of a key for each target`() {
        var log = EventLog()
        let targets = [
            BroadcastTarget(rooms: ["me"]), BroadcastTarget(rooms: ["you"]),
            BroadcastTarget(excepted: ["you"]),
        ]
        for target in targets + targets { add(to: &log, target, latest: "a") }
        #expect(numbers(log, after: 0) == [4, 6])
    }

    @Test func `counts bytes of what it keeps only`() {
        var log = EventLog()
        let size = LoggedEvent(number: 1, order: 0, time: 1, target: everyone, event: empty).size
        for key in ["a", "b", "a", "a"] { add(to: &log, latest: key) }
        #expect(log.bytes == 2 * size)
    }

    @Test func `has no place for what was replaced`() {
        var log = log(1)
        for number in 0..<100_000 { add(to: &log, latest: "\(number % 7)") }
        #expect(log.places < 200)
        #expect(numbers(log, after: 0)?.count == 8)
        #expect(numbers(log, after: 100_000) == [100_001])
    }

    // MARK: What is too old or too much

    @Test func `lets go of what is older than a time, and of nobody's way back who has it`() {
        var log = log(5)
        log.trim(before: 3, maxBytes: .max)
        #expect(numbers(log, after: 1) == nil, "event 2 is gone")
        #expect(numbers(log, after: 2) == [3, 4, 5])
        #expect(log.last == 5)
    }

    @Test(arguments: [(3, 2), (4, 1), (5, 0)] as [(Int, UInt64)])
    func `lets go of the oldest when they are too much`(kept: Int, lost: UInt64) {
        var log = log(5)
        log.trim(before: 0, maxBytes: log.bytes / 5 * kept)
        #expect(numbers(log, after: lost)?.count == kept)
        #expect(lost == 0 || numbers(log, after: lost - 1) == nil)
    }

    @Test func `without events knows who has all of them`() {
        var log = log(5)
        log.trim(before: 10, maxBytes: .max)
        #expect(log.isEmpty && log.bytes == 0)
        #expect(numbers(log, after: 5) == [])
        #expect(numbers(log, after: 4) == nil)
        add(to: &log)
        #expect(numbers(log, after: 5) == [6])
    }

    @Test func `loses nothing by letting go of what was replaced`() {
        var log = EventLog()
        for key in ["a", "a", "b"] { add(to: &log, latest: key) }
        log.trim(before: 2, maxBytes: .max)
        #expect(numbers(log, after: 0) == [2, 3])
    }

    @Test func `replaces nothing that has gone`() {
        var log = EventLog()
        add(to: &log, latest: "a")
        log.trim(before: 10, maxBytes: .max)
        add(to: &log, latest: "a")
        #expect(numbers(log, after: 1) == [2])
        #expect(log.bytes > 0)
    }

    @Test func `agrees with a simple one whatever comes`() {
        var random = SystemRandomNumberGenerator()
        var log = EventLog()
        var simple: [(number: UInt64, key: String?)] = []
        for round in 1...5_000 {
            let key = Bool.random(using: &random) ? "\(Int.random(in: 0..<5, using: &random))" : nil
            add(to: &log, latest: key)
            if let key { simple.removeAll { $0.key == key } }
            simple.append((log.last, key))
            if round % 50 == 0 {
                let oldest = log.last - UInt64.random(in: 0..<100, using: &random).clamped(to: log.last)
                log.trim(before: oldest, maxBytes: .max)
                simple.removeAll { $0.number < oldest }
            }
            if round % 10 == 0 { #expect(numbers(log, after: log.last - 1) == [log.last]) }
        }
        let known = simple.map(\.number)
        #expect(numbers(log, after: known[0]) == Array(known.dropFirst()))
    }
}

extension UInt64 {
    fileprivate func clamped(to limit: UInt64) -> UInt64 { Swift.min(self, limit) }
}
