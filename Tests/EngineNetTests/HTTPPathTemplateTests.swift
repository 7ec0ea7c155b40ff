import Testing

@testable import EngineNet

@Suite struct `Templates of paths` {
    @Test(arguments: [
        ("/a", "/a", []), ("/a/{id}", "/a/1", ["1"]), ("/{a}/x/{b}", "/1/x/2", ["1", "2"]),
        ("/a/{id}", "/a/b%20c%2Fd+e", ["b c/d+e"]), ("/a/{id}", "/a/%", ["%"]), ("/", "/", []),
    ])
    func `take what stands in place of their names`(template: String, path: String, values: [String]) throws {
        let found = try #require(HTTPPathTemplate(template).match(path))
        let names = template.split(separator: "/").filter { $0.hasPrefix("{") }.map {
            String($0.dropFirst().dropLast())
        }
        #expect(names.map { found[$0] } == values)
        #expect(found["other"] == "")
    }

    @Test(arguments: [
        ("/a", "/b"), ("/a", "/a/"), ("/a", "/A"), ("/a/{id}", "/a/"), ("/a/{id}", "/a"),
        ("/a/{id}", "/a/1/2"), ("/a/{id}/b", "/a/1/c"), ("/", ""),
    ])
    func `do not fit another path`(template: String, path: String) {
        #expect(HTTPPathTemplate(template).match(path) == nil)
    }
}
