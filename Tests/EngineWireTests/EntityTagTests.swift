import EngineWire
import Testing

/// RFC 9110 sections 8.8.3 and 13.1.2.
@Suite struct `Entity tags` {
    @Test(arguments: [
        "\"4.8.1\"", "W/\"4.8.1\"", "*", " * ", "\"a\", \"4.8.1\"", "\"a\",W/\"4.8.1\"",
        "\"\",\"4.8.1\",\"b\"",
        ",, \"4.8.1\"", "\"4.8.1\", nonsense", "\"a,b\"\t,\t\"4.8.1\"", "\"4.8.0\" \"4.8.1\"",
    ])
    func `are found in a list, strong or weak`(field: String) throws {
        #expect(try #require(EntityTag("4.8.1")).isListed(in: field))
    }

    @Test(arguments: [
        "", ",", "4.8.1", "\"4.8.1", "4.8.1\"", "\"4.8.10\"", "\"4.8.\"", "\"4.8.1 \"", "\"\"", "\"x\", y",
        "W/", "W",
        "w/\"4.8.1\"", "W/*", "nonsense, \"4.8.1\"", "\"a,\"4.8.1\",b\"", "\"*\"", "\"", "\"a\", \"",
    ])
    func `are not found in what does not list them`(field: String) throws {
        #expect(try !#require(EntityTag("4.8.1")).isListed(in: field))
    }

    @Test func `are written in quotes`() {
        #expect(EntityTag("4.8.1-beta+x")?.description == "\"4.8.1-beta+x\"")
    }

    @Test(arguments: ["a\"b", "a b", "a\tb", "\u{7F}", "a\r\nb"])
    func `have no characters that would end them`(text: String) {
        #expect(EntityTag(text) == nil)
    }

    @Test func `of contents differ when these do`() {
        let tags = ["", "1", "2", "11"].map { EntityTag(hashing: Array($0.utf8)) }
        #expect(Set(tags).count == 4)
        #expect(tags[1] == EntityTag(hashing: Array("1".utf8)))
    }
}
