import EngineWire
import Testing

@Suite struct `Header fields` {
    private func lines(_ fields: HTTPFields) -> [String] { fields.map { "\($0.name): \($0.value)" } }

    @Test func `keep their order and spelling`() {
        var fields: HTTPFields = ["B": "1", "a": "2", "b": "3"]
        fields.append("A", "4")
        fields.append(contentsOf: ["c": "5"] as HTTPFields)
        #expect(lines(fields) == ["B: 1", "a: 2", "b: 3", "A: 4", "c: 5"])
        #expect(fields.count == 5 && fields.underestimatedCount == 5 && !fields.isEmpty)
        #expect(HTTPFields().isEmpty)
        #expect(lines(HTTPFields([(name: "x", value: "y")])) == ["x: y"])
    }

    @Test(arguments: ["Set-Cookie", "set-cookie", "SET-COOKIE", "sEt-CoOkIe"])
    func `are found whatever the case of their names`(name: String) {
        let fields: HTTPFields = ["X": "0", "Set-Cookie": "1", "set-cookie": "2"]
        #expect(fields[name] == "1", "the first")
        #expect(fields.contains(name))
    }

    @Test(arguments: ["", "Set-Cooki", "Set-Cookie2", "Set_Cookie", "Set\rCookie"])
    func `of other names are not found`(name: String) {
        let fields: HTTPFields = ["Set-Cookie": "1"]
        #expect(fields[name] == nil)
        #expect(!fields.contains(name))
    }

    /// `^` and `~` differ by the bit that makes a letter small.
    @Test func `whose names differ in more than case are others`() {
        let fields: HTTPFields = ["a^": "1", "\u{C4}": "2"]
        #expect(fields["a~"] == nil)
        #expect(fields["A^"] == "1")
        #expect(fields["\u{E4}"] == nil, "only ASCII")
    }

    @Test func `are replaced where the first of their name stood`() {
        var fields: HTTPFields = ["a": "1", "B": "2", "A": "3", "c": "4", "a": "5"]
        fields["A"] = "6"
        #expect(lines(fields) == ["A: 6", "B: 2", "c: 4"])
    }

    @Test func `are added behind the others when they are new`() {
        var fields: HTTPFields = ["a": "1"]
        fields["B"] = "2"
        #expect(lines(fields) == ["a: 1", "B: 2"])
    }

    @Test func `are removed by nil`() {
        var fields: HTTPFields = ["a": "1", "B": "2", "A": "3"]
        fields["a"] = nil
        #expect(lines(fields) == ["B: 2"])
        fields["c"] = nil
        fields["b"] = nil
        #expect(fields.isEmpty)
    }
}

@Suite struct `A header field that is a list` {
    @Test(
        arguments: [
            ("Accept", "Origin", "Accept, Origin"), ("Origin", "Origin", "Origin"),
            ("ORIGIN", "origin", "ORIGIN"),
            ("Accept,origin", "Origin", "Accept,origin"),
            ("Accept ,\tOrigin ", "Origin", "Accept ,\tOrigin "),
            ("Origins", "Origin", "Origins, Origin"), ("X-Origin", "Origin", "X-Origin, Origin"),
            ("Or igin", "Origin", "Or igin, Origin"), ("", "Origin", "Origin"),
            ("*", "Origin", "*"), ("Accept, *", "Origin", "*"), ("Accept", "*", "*"), ("*", "*", "*"),
            ("a*", "Origin", "a*, Origin"),
        ])
    func `takes each element once, and nothing beside an asterisk`(
        before: String, element: String, after: String
    ) {
        var fields: HTTPFields = ["X": "1", "Vary": before]
        fields.appendToList("vary", element)
        #expect(fields["Vary"] == after)
        #expect(fields.count == 2)
    }

    @Test(arguments: ["Origin", "*"])
    func `is added with its first element`(element: String) {
        var fields = HTTPFields()
        fields.appendToList("Vary", element)
        #expect(fields.map(\.value) == [element])
    }

    @Test func `may stand in several fields`() {
        var fields: HTTPFields = ["Vary": "A", "X": "1", "vary": "B"]
        fields.appendToList("Vary", "a")
        fields.appendToList("Vary", "b")
        fields.appendToList("Vary", "C")
        #expect(fields.map(\.value) == ["A", "1", "B, C"])
        fields.appendToList("Vary", "*")
        #expect(fields.map(\.value) == ["*", "1"])
    }
}

@Suite struct `All values of a request's field` {
    private func request() throws -> HTTPRequest {
        try #require(
            try RequestReader.only(
                "GET / HTTP/1.1\r\nHost: h\r\nX-A: 1, 2\r\nx-b: 3\r\nx-a:4\r\nX-C:\r\n\r\n"))
    }

    @Test func `are found in their order whatever the case of the name`() throws {
        #expect(try request().fieldValues("X-a") == ["1, 2", "4"])
        #expect(try request().fieldValues("X-B") == ["3"])
        #expect(try request().fieldValues("X-C") == [""])
        #expect(try request().fieldValues("X-D") == [])
    }

    @Test func `are one list`() throws {
        #expect(try request().fieldList("x-a") == "1, 2, 4")
        #expect(try request().fieldList("x-c")?.isEmpty == true)
        #expect(try request().fieldList("x-d") == nil)
    }
}
