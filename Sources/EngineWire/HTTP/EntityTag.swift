/// A strong entity tag (RFC 9110 section 8.8.3): what a client's copy of a file is recognized by.
package struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    /// What stands between the quotes.
    private let opaque: String

    /// A tag of these characters; nil unless all of them may stand in one.
    package init?(_ opaque: some StringProtocol) {
        guard opaque.utf8.allSatisfy({ $0 == 0x21 || ($0 > 0x22 && $0 != 0x7F) }) else { return nil }
        self.opaque = String(opaque)
    }

    /// A tag that changes with the content. FNV-1a: nobody gains from a collision that he makes.
    package init(hashing content: [UInt8]) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in content { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        opaque = String(hash, radix: 16)
    }

    /// As it stands in the field `ETag`.
    package var description: String { "\"\(opaque)\"" }

    /// Whether a value of `If-None-Match` lists the tag or is `*`: then the client's copy is good (RFC 9110 section
    /// 13.1.2). Weak ones count: proxies that compress make them of ours. What follows a mistake is not read.
    package func isListed(in field: String) -> Bool {
        var rest = field.utf8[...]
        while true {
            rest = rest.drop { $0 == ASCII.space || $0 == ASCII.tab || $0 == UInt8(ascii: ",") }
            if rest.first == UInt8(ascii: "*") { return true }
            if rest.starts(with: "W/".utf8) { rest = rest.dropFirst(2) }
            guard rest.first == UInt8(ascii: "\""),
                let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\""))
            else { return false }
            if rest[..<end].dropFirst().elementsEqual(opaque.utf8) { return true }
            rest = rest[end...].dropFirst()
        }
    }
}
