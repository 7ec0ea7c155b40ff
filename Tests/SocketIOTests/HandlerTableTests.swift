import Testing

@testable import SocketIO

@Suite struct `Handlers by name` {
    /// Adds a handler that is known by its listener.
    private func add(_ name: String, to table: inout HandlerTable, once: Bool = false) -> Listener {
        let listener = Listener()
        var names = EventNames()
        table.add(name, .sync { _ in }, as: listener, once: once, names: &names)
        return listener
    }

    /// Who is called for an event that stands in a packet like this.
    private func called(_ table: HandlerTable, _ event: String) throws -> [Listener] {
        var listeners: [Listener] = []
        table.forEach(try arguments(event)) { listeners.append($0.listener) }
        return listeners
    }

    private func arguments(_ event: String) throws -> EventArguments {
        let text = Array(event.utf8)
        let elements = try JSONScanner.scanArray(text.span, from: 0)
        return EventArguments(text: text, elements: elements, skipped: 1, attachments: [])
    }

    @Test func `are called in the order in which they were added`() throws {
        var table = HandlerTable()
        let x = [add("x", to: &table), add("x", to: &table)]
        let y = add("y", to: &table)
        let last = add("x", to: &table)
        #expect(try called(table, #"["x"]"#) == x + [last])
        #expect(try called(table, #"["y",1]"#) == [y])
        #expect(try called(table, #"["z"]"#) == [])
    }

    @Test(arguments: [
        ("", #"[""]"#), ("a\"b", #"["a\"b"]"#), ("a\"b", #"["a\u0022b"]"#), ("é", #"["é"]"#),
        ("é", #"["\u00e9"]"#),
        ("😀", #"["\ud83d\ude00"]"#), ("\n", #"["\n"]"#), ("\u{7}", #"["\u0007"]"#), ("/", #"["\/"]"#),
    ])
    func `are found however the name is spelt`(name: String, event: String) throws {
        var table = HandlerTable()
        let listener = add(name, to: &table)
        #expect(try called(table, event) == [listener])
    }

    @Test(arguments: ["[\"xy\"]", "[\"\"]", "[\"X\"]", #"["x\u0000"]"#, #"[" x"]"#])
    func `are not called for a name that only resembles theirs`(event: String) throws {
        var table = HandlerTable()
        _ = add("x", to: &table)
        #expect(try called(table, event) == [])
    }

    @Test(arguments: [("1", "[1]"), ("-1.5", "[-1.5]")])
    func `of a number are called for it, as in Node`(name: String, event: String) throws {
        var table = HandlerTable()
        let listener = add(name, to: &table)
        #expect(try called(table, event) == [listener])
    }

    @Test func `are removed one by one`() throws {
        var table = HandlerTable()
        let (first, second) = (add("x", to: &table), add("x", to: &table))
        let wasThere = [table.remove(first), table.remove(first)]
        #expect(wasThere == [true, false])
        #expect(try called(table, #"["x"]"#) == [second])
    }

    @Test func `are removed by name, or all`() throws {
        var table = HandlerTable()
        _ = add("x", to: &table)
        let y = add("y", to: &table)
        _ = add("x", to: &table)
        table.removeAll("x")
        #expect(try called(table, #"["x"]"#) == [])
        #expect(try called(table, #"["y"]"#) == [y])
        table.removeAll()
        #expect(table.names == [])
    }

    @Test func `have their names listed once, as text`() {
        var table = HandlerTable()
        for name in ["x", "a\"\n😀", "x", ""] { _ = add(name, to: &table) }
        #expect(table.names == ["x", "a\"\n😀", ""])
    }

    @Test func `that are added meanwhile wait for the next event`() throws {
        var table = HandlerTable()
        let first = add("x", to: &table)
        var listeners: [Listener] = []
        let event = try arguments(#"["x"]"#)
        table.forEach(event) { entry in
            listeners.append(entry.listener)
            _ = add("x", to: &table)
        }
        #expect(listeners == [first])
        #expect(try called(table, #"["x"]"#).count == 2)
    }
}
