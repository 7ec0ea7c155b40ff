import EngineWire
import Testing

@testable import EngineIO

@Suite struct `Session ids` {
    @Test func `are 20 characters that need no escape in a query`() {
        var random = RandomPool()
        for _ in 0..<1_000 {
            let text = SessionID(loop: 0, random: &random).description
            #expect(text.utf8.count == 20)
            #expect(
                text.utf8.allSatisfy {
                    ASCII.isToken($0) && $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "%")
                })
        }
    }

    @Test func `tell their loop, also after they were read`() {
        var random = RandomPool()
        for loop in 0...255 {
            let id = SessionID(loop: loop, random: &random)
            #expect(id.loop == loop)
            #expect(SessionID(id.description) == id)
            #expect(SessionID(id.description)?.loop == loop)
        }
    }

    @Test func `of one loop do not look alike`() {
        var random = RandomPool()
        let ends = Set((0..<200).map { _ in SessionID(loop: 1, random: &random).description.suffix(2) })
        #expect(ends.count > 50, "the loop is mixed with randomness")
    }

    @Test func `are all different`() {
        var random = RandomPool()
        let ids = (0..<100_000).map { _ in SessionID(loop: 3, random: &random) }
        #expect(Set(ids).count == ids.count)
    }

    @Test(arguments: [
        "", "short", "AAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAA==",
        "AAAAAAAAAAAAAAAAAAA+", "AAAAAAAAAAAAAAAAAAA/", "AAAAAAAAAAAAAAAAAAA ", "AAAAAAAAAAAAAAAAAA\u{E9}",
        "AAAAAAAAAAAAAAAAAAA\u{0}", "AAAAAAAAAAAAAAAAAAA%",
    ])
    func `in other spellings are none`(text: String) {
        #expect(SessionID(text) == nil)
    }

    @Test func `of any 20 characters of ours are read and written back`() {
        for text in [
            "AAAAAAAAAAAAAAAAAAAA", "--------------------", "____________________", "aZ09-_aZ09-_aZ09-_aZ",
        ] {
            #expect(SessionID(text)?.description == text)
        }
    }

    @Test func `identifiers of the pool are 20 characters and different`() {
        var random = RandomPool()
        let all = (0..<10_000).map { _ in random.identifier() }
        #expect(all.allSatisfy { $0.utf8.count == 20 })
        #expect(Set(all).count == all.count)
    }

    @Test func `a log gets less than half of an id`() throws {
        var random = RandomPool()
        let id = SessionID(loop: 3, random: &random)
        #expect(id.tag == id.description.prefix(8) + "…")
        #expect(try #require(SessionID(custom: "abcde")).tag == "ab…")
        #expect(try #require(SessionID(custom: "x")).tag == "…")
    }
}
