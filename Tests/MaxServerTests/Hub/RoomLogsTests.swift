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

    @Test func `go to a room that comes later in place of the one that had none for longest`() {
        for i in 0..<RoomLogs.roomLimit { add(i, to: "r\(i)") }
        add(7, to: "r0")
        let known = logs.excerpt(of: "r2").offset
        add(-1, to: "one more")
        #expect(numbers("one more") == [-1] && numbers("r0") == [0, 7] && numbers("r2") == [2])
        #expect(numbers("r1") == [] && logs.count <= RoomLogs.roomLimit)
        add(8, to: "r1")
        #expect(!logs.excerpt(of: "r1", since: known).isComplete && numbers("r1", since: known) == [8])
    }

    @Test func `are bounded in bytes`() {
        let payload = RawJSON(unchecked: Array(repeating: UInt8(ascii: "1"), count: 1 << 20))
        let rooms = RoomLogs.byteLimit >> 20
        for i in 0..<2 * rooms { logs.add(payload, event: "e", key: nil, to: ["r\(i)"], limit: 1) }
        #expect((rooms * 3 / 4..<rooms).contains(logs.count))
        for i in 0..<2 * rooms { logs.add(payload, event: "e", key: "\(i)", to: ["r"], limit: 1_000) }
        #expect(logs.bytes <= RoomLogs.byteLimit)
        logs.add(payload, event: "e", key: nil, to: ["r"], limit: 1)
        #expect(logs.count == 1)
    }

    @Test func `are not those of a room whose name no client may say`() {
        for (length, count) in [(RoomLogs.nameLimit, 1), (RoomLogs.nameLimit + 1, 1)] {
            add(1, to: String(repeating: "r", count: length))
            #expect(logs.count == count)
        }
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

    // MARK: Gaps

    private func stored(_ numbers: (Int, String)...) -> RoomPrimer.Stored {
        numbers.map { ("e", $0.1, RawJSON(unchecked: Array("\($0.0)".utf8))) }
    }

    private func gap(_ now: ContinuousClock.Instant = .now) {
        logs.hear(false, at: now)
        logs.hear(true, at: now)
    }

    @Test func `are not all behind a gap, in whatever room`() {
        add(1, to: "r")
        let known = logs.excerpt(of: "r").offset
        logs.hear(false)
        let deaf = logs.excerpt(of: "r").offset
        for offset in [known, deaf] { #expect(!logs.excerpt(of: "r", since: offset).isComplete) }
        logs.hear(true)
        add(2, to: "r", "s")
        for (offset, room) in [(known, "r"), (deaf, "r"), (known, "s"), (deaf, "s")] {
            #expect(!logs.excerpt(of: room, since: offset).isComplete)
        }
        let later = logs.excerpt(of: "r").offset
        add(3, to: "r", "s")
        for room in ["r", "s"] { #expect(logs.excerpt(of: room, since: later).isComplete) }
    }

    @Test func `take up what was stored in a gap where it belongs`() {
        for (number, key) in [(1, "a"), (2, "b"), (3, "c")] { add(number, key: key, to: "r") }
        logs.prime("r", with: stored((1, "a")))
        #expect(logs.isFilled("r"))
        gap()
        #expect(!logs.isFilled("r"))
        add(5, key: "e", to: "r")
        logs.prime("r", with: stored((20, "b"), (30, "c"), (4, "d"), (50, "e")))
        #expect(logs.isFilled("r"))
        // The database knows better what was before, the memory what came since.
        #expect(numbers("r") == [1, 20, 30, 4, 5])
    }

    @Test func `keep what is not stored, or not yet`() {
        add(-1, key: "", to: "r", event: "fleeting")
        for (number, key) in [(1, "a"), (2, "b"), (4, "d")] { add(number, key: key, to: "r") }
        gap()
        logs.prime("r", with: stored((2, "b"), (3, "c")))
        #expect(numbers("r") == [-1, 1, 2, 3, 4])
        gap()
        logs.prime("r", with: stored((10, "x"), (11, "y")))
        #expect(numbers("r") == [-1, 1, 2, 3, 4, 10, 11])
    }

    /// Others may need a while until all is stored that they have heard.
    @Test func `are read again when a gap was just before`() {
        let now = ContinuousClock.now
        add(1, key: "a", to: "r")
        logs.hear(false, at: now)
        for later in [Duration.zero, .seconds(60)] {
            logs.prime("r", with: stored((1, "a")), at: now + later)
            #expect(logs.isFilled("r", at: now + later))
            #expect(!logs.isFilled("r", at: now + later + RoomLogs.storeLag))
        }
        logs.hear(true, at: now)
        logs.prime("r", with: stored((1, "a")), at: now)
        #expect(!logs.isFilled("r", at: now + RoomLogs.storeLag))
        logs.prime("r", with: stored((1, "a")), at: now + RoomLogs.storeLag)
        #expect(logs.isFilled("r", at: now + .seconds(86_400)))
    }

    @Test func `are none for a while where nothing is stored, until there is something`() {
        let now = ContinuousClock.now
        for room in ["r", "s"] { logs.prime(room, with: [], at: now) }
        #expect(logs.isFilled("r", at: now) && !logs.isFilled("r", at: now + RoomLogs.storeLag))
        for i in 0...2 * RoomLogs.roomLimit { logs.prime("made up \(i)", with: [], at: now) }
        #expect(!logs.isFilled("r", at: now) && logs.count == 0)
        add(1, to: "s")
        logs.prime("s", with: [], at: now)
        #expect(logs.isFilled("s", at: now + .seconds(86_400)) && numbers("s") == [1])
    }
}
