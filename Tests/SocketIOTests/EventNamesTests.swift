import Testing

@testable import SocketIO

@Suite struct `Names of events, kept for all sockets of a loop` {
    private func quoted(_ list: [String], _ names: inout EventNames) -> [String] {
        list.enumerated().map { place, name in
            String(decoding: names.quoted(name, place: place), as: UTF8.self)
        }
    }

    @Test(arguments: [
        ["a", "b", "c"], ["b", "a"], ["c", "c", "c", "c"], ["a"], [], ["a", "b\"", "é", "a"],
    ])
    func `are each socket's own, whatever the socket before listened to`(list: [String]) {
        var names = EventNames()
        _ = quoted(["a", "b", "c"], &names)
        let expected = list.map { String(decoding: EventNames.quote($0), as: UTF8.self) }
        #expect(quoted(list, &names) == expected)
        #expect(quoted(["a", "b", "c"], &names) == [#""a""#, #""b""#, #""c""#])
    }

    @Test func `are right beyond what is kept`() {
        var names = EventNames()
        let list = (0..<EventNames.limit + EventNames.places + 2).map { "name\($0)" }
        for _ in 0..<2 { #expect(quoted(list, &names) == list.map { "\"\($0)\"" }) }
    }
}
