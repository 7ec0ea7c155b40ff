import Testing

@testable import SocketIO

@Suite struct `Those who listen` {
    /// Callbacks stand for themselves.
    private func calls(_ listeners: Listeners<String>) -> [String] { listeners.entries.map(\.call) }

    @Test func `are called in the order in which they came, or before all others`() {
        var listeners = Listeners<String>()
        for call in ["a", "b"] { listeners.add(call, as: Listener()) }
        for call in ["c", "d"] { listeners.add(call, as: Listener(), first: true) }
        #expect(calls(listeners) == ["d", "c", "a", "b"])
    }

    @Test func `go one by one, or all at once`() {
        var listeners = Listeners<String>()
        let (first, second) = (Listener(), Listener())
        listeners.add("a", as: first)
        listeners.add("b", as: second)
        listeners.remove(first)
        listeners.remove(Listener())
        #expect(calls(listeners) == ["b"])
        listeners.removeAll()
        #expect(listeners.isEmpty)
    }

    @Test func `that go while others are called leave those as they are`() {
        var listeners = Listeners<String>()
        let all = (0..<3).map { _ in Listener() }
        for (index, listener) in all.enumerated() { listeners.add("\(index)", as: listener) }
        var called: [String] = []
        for entry in listeners.entries {
            called.append(entry.call)
            listeners.remove(all[1])
            listeners.add("new", as: Listener())
        }
        #expect(called == ["0", "1", "2"])
    }

    @Test func `are told apart, wherever they are made`() async {
        let all = await withTaskGroup(of: [Listener].self) { group in
            for _ in 0..<8 { group.addTask { (0..<1_000).map { _ in Listener() } } }
            return await group.reduce(into: Set<Listener>()) { $0.formUnion($1) }
        }
        #expect(all.count == 8_000)
    }
}
