import SocketIO
import Testing

@testable import MaxServer

@Suite struct `Cursors of pages` {
    @Test(arguments: ["m", "msg 4", "ü/+😀", String(repeating: "x", count: 100), "a b c"])
    func `are read as they were told, and stand in a URL as they are`(id: String) throws {
        for time in [Int64.zero, -1, 1_736_935_200_000, Moment.last.milliseconds] {
            let cursor = PageCursor(moment: Moment(milliseconds: time), id: id)
            #expect(PageCursor(cursor.text) == cursor)
            #expect(cursor.text.utf8.allSatisfy { $0 < 0x80 && !"+/=%&?#\" ".utf8.contains($0) })
        }
    }

    @Test(arguments: [("a", "s-1"), ("Ä 1 ", "ü b"), ("\u{301}", "e"), ("", "x"), ("x", ""), ("12 3", "4 5")])
    func `of names are read as they were told`(name: String, id: String) {
        let cursor = NameCursor(name: name, id: id)
        #expect(NameCursor(cursor.text) == cursor)
        #expect(NameCursor(cursor.text)?.id.utf8.count == id.utf8.count)
    }

    /// `-1 ab`, `3 ab`, `1 ä`, `x ab`, `99999999999999999999 a`
    @Test(arguments: ["LTEgYWI", "MyBhYg", "MSDDpA", "eCBhYg", "OTk5OTk5OTk5OTk5OTk5OTk5OTkgYQ", ""])
    func `of names that nobody told are none`(text: String) {
        #expect(NameCursor(text) == nil)
    }

    @Test(arguments: [
        "", "x", "!", "%", "AAAA", "MTIz", "MTIzIA", "eCB5", "MSAA", "gIAggIA",
        String(repeating: "A", count: 2_000), "OTk5OTk5OTk5OTk5OTk5OTkgYQ",
    ])
    func `that nobody told are none`(text: String) {
        #expect(PageCursor(text) == nil)
    }

    @Test func `cut anywhere are none, or others`() {
        let text = PageCursor(moment: Moment(milliseconds: 1_736_935_200_000), id: "m-1").text
        for length in 0..<text.count {
            #expect(PageCursor(String(text.prefix(length)))?.text != text)
        }
    }
}

@Suite struct `Texts of requests` {
    private func isTaken(_ text: String) -> Bool {
        var reader = FieldReader(["name": .string(text)])
        return reader.text("name", 1...10) == text
    }

    @Test func `have a bound in characters and one in bytes`() {
        #expect(isTaken("a") && isTaken(String(repeating: "😀", count: 10)) && isTaken("e\u{301}"))
        #expect(!isTaken("") && !isTaken(String(repeating: "a", count: 11)) && !isTaken("a\0"))
        // One character of 41 bytes.
        #expect(isTaken("e" + String(repeating: "\u{301}", count: 19)))
        #expect(!isTaken("e" + String(repeating: "\u{301}", count: 20)))
    }
}
