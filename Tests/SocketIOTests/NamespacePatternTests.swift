import Testing

@testable import SocketIO

@Suite struct `Patterns of namespaces` {
    @Test(arguments: [
        ("/games/{id}", "/games/7", ["id": "7"]),
        ("games/{id}", "/games/7", ["id": "7"]),
        ("/{a}/{b}", "/x/y", ["a": "x", "b": "y"]),
        ("/{a}", "/{a}", ["a": "{a}"]),
        ("/room-{id}", "/room-1-2", ["id": "1-2"]),
        ("/{id}.json", "/a.b.json", ["id": "a.b"]),
        ("/{from}-{to}", "/1-2-3", ["from": "1", "to": "2-3"]),
        ("/{a}--{b}", "/---x", ["a": "-", "b": "x"]),
        ("/{name}", "/größe 😀", ["name": "größe 😀"]),
        ("/v{major}.{minor}!", "/v1.22!", ["major": "1", "minor": "22"]),
        ("/plain", "/plain", [:]),
        ("/", "/", [:]),
    ])
    func `match, and know what their placeholders stand for`(
        pattern: String, name: String, captures: [String: String]
    ) {
        #expect(NamespacePattern(pattern).match(name) == captures)
    }

    @Test(arguments: [
        ("/games/{id}", "/games"), ("/games/{id}", "/games/"), ("/games/{id}", "/games/1/2"),
        ("/games/{id}", "games/1"), ("/games/{id}", "/game/1"), ("/games/{id}", ""),
        ("/room-{id}", "/room-"), ("/room-{id}", "/room"), ("/{id}.json", "/.json"),
        ("/{id}.json", "/a.json5"), ("/{from}-{to}", "/1-"), ("/{from}-{to}", "/-1"),
        ("/plain", "/plain/"), ("/plain", "/Plain"), ("/", "/x"),
    ])
    func `match no other names`(pattern: String, name: String) {
        #expect(NamespacePattern(pattern).match(name) == nil)
    }

    @Test func `take the last of several meanings of a name`() {
        #expect(NamespacePattern("/{x}/{x}").match("/1/2") == ["x": "2"])
    }

    @Test func `take long names in a time that grows with their length`() {
        let pattern = NamespacePattern("/{a}x{b}x{c}x{d}y")
        #expect(pattern.match("/" + String(repeating: "x", count: 20_000)) == nil)
    }

    @Test(arguments: ["/{id", "/{}", "/{a}{b}"])
    func `that nobody could match are the application's mistake`(pattern: String) async {
        await #expect(processExitsWith: .failure) { [pattern] in _ = NamespacePattern(pattern) }
    }
}
