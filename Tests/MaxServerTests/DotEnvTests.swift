import Testing

@testable import MaxServer

/// The expected values are those of python-dotenv 1.2.4 (`load_dotenv`), which reads the same file for our Python
/// workers.
@Suite struct `The env file` {
    @Test(arguments: [
        ("A=1", "1"), ("A=", ""), ("export A=1", "1"), ("export\tA=1", "1"), ("  A = 1  ", "1"),
        ("A=\tb", "b"),
        ("A=b #c", "b"), ("A=b#c", "b#c"), ("A=b # c # d", "b"), ("A=b\t#c", "b"), ("A=b \\#c", "b \\#c"),
        ("A=#c", "#c"), ("A= # c", ""), ("A=\t#c", ""), ("A =#c", "#c"), ("A=#c d #e", "#c d"), ("A=#", "#"),
        ("A==1", "=1"), ("A=a=b", "a=b"), ("A=x y  z ", "x y  z"), ("A=ü", "ü"), ("A=\\n", "\\n"),
        ("A={B}", "{B}"),
        ("A=a\"b\"c", "a\"b\"c"), ("# c\n\nA=1", "1"), ("  # c\nA=1", "1"), ("A=1\nA=2", "2"),
        ("A=1\r\n", "1"),
        ("'A'=1", "1"), ("A=\nB=2", ""),
    ])
    func `plain values`(text: String, value: String) {
        expect(text, value)
    }

    @Test(arguments: [
        ("A='b c'", "b c"), ("A='b\\'c'", "b'c"), ("A='b\\\\c'", "b\\c"), ("A='b\\nc'", "b\\nc"),
        ("A='a\\\"b'", "a\\\"b"),
        ("A='a\"b'", "a\"b"), ("A=''", ""), ("A='b\nc'", "b\nc"), ("A='x' # comment", "x"),
        ("A=\"b c\"", "b c"), ("A=\"b\\nc\"", "b\nc"), ("A=\"b\\tc\"", "b\tc"), ("A=\"b\\\"c\"", "b\"c"),
        ("A=\"b\\\\c\"", "b\\c"), ("A=\"a\\'b\"", "a'b"), ("A=\"\\a\\b\\f\\v\\r\"", "\u{7}\u{8}\u{C}\u{B}\r"),
        ("A=\"b\\u0041\"", "b\\u0041"), ("A=\"b\\x41\"", "b\\x41"), ("A=\"b\\$c\"", "b\\$c"),
        ("A=\"a\\zb\"", "a\\zb"),
        ("A=\"\"", ""), ("A=\"b\nc\"", "b\nc"), ("A=\"x\"#comment", "x"),
    ])
    func `quoted values`(text: String, value: String) {
        expect(text, value)
    }

    @Test(arguments: [
        ("B=1\nA=${B}", "1"), ("B=1\nA='${B}'", "1"), ("B=1\nA=\"${B}\"", "1"), ("B=1\nA=$B", "$B"),
        ("A=${B:-d}", "d"),
        ("A=${B}", ""), ("A=${B}\nB=1", ""), ("A=${HOME_X}/x", "/srv/x"), ("HOME_X=1\nA=${HOME_X}", "/srv"),
        ("A=${EMPTY:-d}", ""), ("A=${}", ""), ("A=${B:-${C}}", "${C}"), ("A=${B", "${B"),
        ("A=x${B:-}y", "xy"),
        ("B=1\nA=${B}${B}-${B}", "11-1"), ("A=${B:x}", "${B:x}"),
    ])
    func `names in values`(text: String, value: String) {
        expect(text, value)
    }

    @Test(arguments: ["A", "A#c", "export A", "", "\n\n", "# A=1", "A=1\nA"])
    func `a name alone sets nothing, and unsets what was before`(text: String) {
        let file = DotEnv(text)
        #expect(file.values.isEmpty)
        #expect(file.warnings.isEmpty)
    }

    @Test(arguments: [
        ("T: x\nB=2", ["B": "2"]), ("'it''s'\nB=2", ["B": "2"]), ("A='it''s'\nB=2", ["B": "2"]),
        ("A='x' trailing\nB=2", ["B": "2"]), ("=1\nB=2", ["B": "2"]), ("A B=1\nC=2", ["C": "2"]),
        ("A=\"open\nB=\"x\"\nC=3\nD=4", ["C": "3", "D": "4"]),
        ("A=\"b", [:]), ("A=\"open\nB=2\nC=3", ["B": "2", "C": "3"]), ("A='open\nB=2", ["B": "2"]),
        ("A=\"C:\\dir\\\"\nB=2", ["B": "2"]), ("A='C:\\dir\\'\nB=2", ["B": "2"]),
    ])
    func `lines that are none are skipped with a warning`(text: String, values: [String: String]) {
        let file = DotEnv(text)
        #expect(file.values == values)
        #expect(file.warnings.count == 1)
        #expect(file.warnings.first?.contains("line 1 ") == true)
    }

    @Test func `warnings tell the line, also behind values of several lines`() {
        let file = DotEnv("A=1\n\n# c\nB='x\ny'\nbad line\nC=3\n")
        #expect(file.values == ["A": "1", "B": "x\ny", "C": "3"])
        #expect(
            file.warnings == ["line 6 of the .env file is not NAME=value; it and all it spans is ignored"])
    }

    @Test func `names may have dots and dashes, and export may be a name`() {
        #expect(DotEnv("A.B-C=1\nexport=2").values == ["A.B-C": "1", "export": "2"])
    }

    private func expect(_ text: String, _ value: String, at place: SourceLocation = #_sourceLocation) {
        let file = DotEnv(text, environment: ["HOME_X": "/srv", "EMPTY": ""])
        #expect(file.values["A"] == value, sourceLocation: place)
        #expect(file.warnings.isEmpty, sourceLocation: place)
    }
}
