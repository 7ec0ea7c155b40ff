import Testing

@testable import SocketIO

@Suite struct `Rooms that a socket was in` {
    @Test func `a room counts from the event behind the join to the one before the leave`() {
        var history = RoomHistory()
        history.joined("room", after: 3)
        #expect(!history.has("room", at: 3) && history.has("room", at: 4) && history.has("room", at: 900))
        history.left("room", after: 6, lost: 0)
        #expect((1...9).filter { history.has("room", at: $0) } == [4, 5, 6])
        #expect(history.rooms.isEmpty)
    }

    @Test func `a second join changes nothing, a return begins anew`() {
        var history = RoomHistory(["room"], after: 2)
        history.joined("room", after: 5)
        history.left("room", after: 6, lost: 0)
        history.joined("room", after: 8)
        #expect((1...10).filter { history.has("room", at: $0) } == [3, 4, 5, 6, 9, 10])
    }

    @Test func `a room that was never joined is not left`() {
        var history = RoomHistory(["room"])
        history.left("other", after: 6, lost: 0)
        #expect(history.rooms == ["room"] && !history.has("other", at: 5))
    }

    /// The sides of the bound: 1,024 stays that are over.
    @Test(arguments: [(1_024, 0), (1_025, 513)] as [(UInt64, UInt64)])
    func `of too many stays the oldest are forgotten, and so is the time before`(count: UInt64, start: UInt64)
    {
        var history = RoomHistory()
        for number in 1...count {
            history.joined("room", after: number - 1)
            history.left("room", after: number, lost: 0)
        }
        #expect(history.start == start)
        #expect(history.has("room", at: start + 1) && history.has("room", at: count))
        #expect(!history.has("room", at: start))
    }

    @Test func `stays that the log does not reach back to go first`() {
        var history = RoomHistory()
        for number in 1...1_025 as ClosedRange<UInt64> {
            history.joined("room", after: number - 1)
            history.left("room", after: number, lost: 1_000)
        }
        #expect(history.start == 0)
        #expect((999...1_025).filter { history.has("room", at: $0) } == Array(1_001...1_025))
    }
}
