import Testing

@testable import SocketIO

@Suite struct `Targets of broadcasts` {
    /// The socket "me" in rooms "a" and "b".
    @Test(
        arguments: [
            ([], [], true), (["a"], [], true), (["me"], [], true), (["x", "b"], [], true), (["x"], [], false),
            ([], ["x"], true), ([], ["a"], false), ([], ["me"], false), (["a"], ["b"], false),
            (["a"], ["x"], true),
            (["me"], ["me"], false), (["a", "a"], [], true), ([""], [], false),
        ] as [([String], [String], Bool)])
    func `reach the members of rooms, less those excepted`(
        rooms: [String], excepted: [String], isReached: Bool
    ) {
        let target = BroadcastTarget(rooms: rooms, excepted: excepted)
        #expect(target.reaches("me", in: ["a", "b"]) == isReached)
        #expect(target.reaches("me", in: ["a", "b", "me"]) == isReached)
    }

    @Test func `have keys of their own`() {
        let targets = [
            BroadcastTarget(), BroadcastTarget(rooms: ["a"]), BroadcastTarget(excepted: ["a"]),
            BroadcastTarget(rooms: ["a", "b"]), BroadcastTarget(rooms: ["a"], excepted: ["b"]),
            BroadcastTarget(rooms: ["b"], excepted: ["a"]),
        ]
        #expect(Set(targets.map { $0.logKey("k") }).count == targets.count)
        #expect(Set(targets.map { $0.logKey("other") }).isDisjoint(with: targets.map { $0.logKey("k") }))
    }
}
