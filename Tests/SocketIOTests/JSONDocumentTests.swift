import Testing

@testable import SocketIO

@Suite struct `A JSON text that is looked at` {
    private func document(_ text: String) throws -> JSONDocument { try JSONDocument(Array(text.utf8)) }

    @Test(arguments: [
        (#"{"a":1}"#, "a", "1"), (#"{"a":1,"a":2}"#, "a", "2"), (#"{"\u0061":[1, 2]}"#, "a", "[1, 2]"),
        (#"{"b":{"a":1},"a" : "x" }"#, "a", #""x""#), (#"{"":null}"#, "", "null"),
    ])
    func `has its members as they are written, the last of a name`(text: String, name: String, value: String)
        throws
    {
        let document = try document(text)
        let member = try #require(document.member(name, of: document.root))
        #expect(document.text(member) == value)
    }

    @Test(arguments: ["[1]", "1", "{}", #"{"b":1}"#])
    func `has no member that is not there`(text: String) throws {
        let document = try document(text)
        #expect(document.member("a", of: document.root) == nil)
    }

    @Test(arguments: [
        ("[]", []), ("[1]", ["1"]), (#" [ {"a":[2]} , [], "x"]"#, [#"{"a":[2]}"#, "[]", #""x""#]),
    ])
    func `has its elements in their order`(text: String, elements: [String]) throws {
        let document = try document(text)
        #expect(document.elements(of: document.root)?.map(document.text) == elements)
    }

    @Test func `tells strings, whole numbers and the rest apart`() throws {
        let document = try document(#"["a\n", 7, -1, 1.5, 1e3, 99999999999999999999, true, null]"#)
        let values = try #require(document.elements(of: document.root))
        #expect(values.map(document.string) == ["a\n"] + [String?](repeating: nil, count: 7))
        #expect(values.map(document.wholeNumber) == [nil, "7", "-1", nil, "1000", nil, nil, nil])
    }

    @Test(arguments: ["", "{", "[1,]", "{} x", "nul"])
    func `is refused when it is none`(text: String) {
        #expect(throws: JSONError.self) { try document(text) }
    }
}
