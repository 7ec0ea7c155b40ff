import TestSupport

/// A Socket.IO packet of the server, taken apart as far as the scripts need it.
struct ModelPacket: Sendable {
    struct Unreadable: Error {
        var text: String
    }

    /// The packet's type, a digit.
    var type: Character
    var attachments = 0
    var namespace = "/"
    var id: Int?
    /// What follows: JSON.
    var json: Substring

    init(_ text: String) throws {
        var rest = text.utf8[...]
        guard rest.popFirst() == UInt8(ascii: "4"), let type = rest.popFirst() else {
            throw Unreadable(text: text)
        }
        self.type = Character(UnicodeScalar(type))
        func number() -> Int? {
            let digits = rest.prefix { $0 >= 48 && $0 <= 57 }
            rest = rest.dropFirst(digits.count)
            return Int(String(Substring(digits)))
        }
        if self.type == "5" || self.type == "6" {
            guard let count = number(), rest.popFirst() == UInt8(ascii: "-") else {
                throw Unreadable(text: text)
            }
            attachments = count
        }
        if rest.first == UInt8(ascii: "/") {
            let name = rest.prefix { $0 != UInt8(ascii: ",") }
            namespace = String(Substring(name))
            rest = rest.dropFirst(name.count + 1)
        }
        id = number()
        json = Substring(rest)
    }

    /// What stands between the commas of the outermost array. The scripts' texts have no commas.
    var elements: [Substring] {
        json.utf8.dropFirst().dropLast().split(separator: UInt8(ascii: ",")).map { Substring($0) }
    }
}
