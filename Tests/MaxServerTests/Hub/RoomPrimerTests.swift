import SocketIO
import Synchronization
import TestSupport
import Testing

@testable import MaxServer

@Suite(.timeLimit(.minutes(2))) struct `The stored past of rooms` {
    private struct Down: Error {}

    private static let stored: RoomPrimer.Stored = [("e", "k", RawJSON(unchecked: Array("{}".utf8)))]

    @Test func `is not waited for longer than clients are patient, and comes all the same`() async {
        let (logs, gate, failures) = (RoomLogs(), Gate(), Journal<String>())
        let primer = RoomPrimer(logs, patience: .milliseconds(1)) { _ in
            await gate.pass()
            return Self.stored
        } failed: {
            failures.append("\($0)")
        }
        for _ in 0..<3 { await primer.prime(["bars:A:1", "bars:B:1"]) }
        #expect(failures.all == ["the database has not answered in 0.001 seconds"])
        #expect(gate.waitingCount == 2 && logs.count == 0)
        gate.open()
        #expect(await eventually { logs.count == 2 })
    }

    @Test func `is waited for while it comes in time`() async {
        let (logs, gate) = (RoomLogs(), Gate())
        let primer = RoomPrimer(logs, patience: .seconds(86_400)) { _ in
            await gate.pass()
            return Self.stored
        } failed: { _ in
        }
        async let primed: Void = primer.prime(["bars:A:1"])
        #expect(await eventually { gate.waitingCount == 1 })
        gate.open()
        await primed
        #expect(logs.excerpt(of: "bars:A:1").entries.count == 1)
    }

    @Test func `is told to be lacking once for each time that it cannot be read`() async {
        let (logs, isDown, failures) = (RoomLogs(), Flag(), Journal<String>())
        let primer = RoomPrimer(logs, patience: .seconds(86_400)) { _ in
            if isDown.value { throw Down() }
            return Self.stored
        } failed: { _ in
            failures.append("failed")
        }
        for round in 1...3 {
            isDown.value = true
            for client in 0..<5 { await primer.prime(["bars:\(round):\(client)"]) }
            #expect(failures.count == round)
            isDown.value = false
            await primer.prime(["bars:\(round):0"])
        }
        #expect(logs.count == 3)
    }

    @Test func `comes again when the room was forgotten meanwhile`() async {
        let (logs, asked) = (RoomLogs(), Journal<String>())
        let primer = RoomPrimer(logs, patience: .seconds(86_400)) { room in
            asked.append(room)
            return Self.stored
        } failed: { _ in
        }
        for _ in 0..<2 { await primer.prime(["bars:A:1"]) }
        #expect(asked.count == 1)
        for i in 0...2 * RoomLogs.roomLimit {
            logs.add(.emptyObject, event: "e", key: nil, to: ["bars:\(i):1"], limit: 1)
        }
        #expect(logs.excerpt(of: "bars:A:1").entries == [])
        await primer.prime(["bars:A:1"])
        #expect(asked.count == 2 && logs.excerpt(of: "bars:A:1").entries.count == 1)
    }

    @Test func `is read again when it was read before a gap ended`() async {
        let (logs, gate, asked) = (RoomLogs(), Gate(), Journal<String>())
        logs.hear(false)
        let primer = RoomPrimer(logs, patience: .seconds(86_400)) { room in
            asked.append(room)
            if asked.count == 1 { await gate.pass() }
            return Self.stored
        } failed: { _ in
        }
        async let primed: Void = primer.prime(["bars:A:1"])
        #expect(await eventually { gate.waitingCount == 1 })
        logs.hear(true)
        gate.open()
        await primed
        #expect(asked.count == 2 && logs.excerpt(of: "bars:A:1").entries.count == 1)
    }

    @Test func `is read of a few rooms at a time`() async {
        let (logs, gate, asked) = (RoomLogs(), Gate(), Journal<String>())
        let isStored: @Sendable (String) -> Bool = { $0 != "topic:x" }
        let primer = RoomPrimer(logs, patience: .seconds(86_400), isStored: isStored) { room in
            asked.append(room)
            await gate.pass()
            return Self.stored
        } failed: { _ in
        }
        let rooms = (0..<1_000).map { "bars:\($0):1" }
        async let primed: Void = primer.prime(rooms)
        #expect(await eventually { gate.waitingCount == RoomPrimer.loadsAtOnce })
        await primer.prime(["topic:x"])
        #expect(asked.count == RoomPrimer.loadsAtOnce)
        gate.open()
        await primed
        #expect(logs.count == 1_000 && Set(asked.all) == Set(rooms) && asked.count == 1_000)
    }

    @Test func `is not asked for again just after there was none`() async {
        let (logs, asked) = (RoomLogs(), Journal<String>())
        let primer = RoomPrimer(logs, patience: .seconds(86_400)) { room in
            asked.append(room)
            return []
        } failed: { _ in
        }
        for _ in 0..<3 { await primer.prime(["bars:A:1", "bars:B:1"]) }
        #expect(Set(asked.all) == ["bars:A:1", "bars:B:1"] && asked.count == 2 && logs.count == 0)
    }

    private final class Flag: Sendable {
        private let state = Mutex(false)
        var value: Bool {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }
}
