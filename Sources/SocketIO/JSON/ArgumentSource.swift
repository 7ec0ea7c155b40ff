#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What all decoders and containers of one decoding share: the indexed text and the attachments.
///
/// It keeps the bytes alive, so a decoder that somebody stores stays safe to use. Used by one thread at a
/// time, in calls that never overlap: hence no check of exclusive access to `depth`, which changes all the
/// time.
final class ArgumentSource {
    let tape: JSONTape
    let userInfo: [CodingUserInfoKey: any Sendable]
    /// How many types are being decoded inside each other.
    @safe @exclusivity(unchecked) var depth = 0
    private let attachments: [[UInt8]]
    /// One copy for all placeholders of an attachment: a thousand placeholders must not mean a thousand
    /// copies.
    private var copies: [Int: Data] = [:]
    /// The object that was looked into last.
    @safe @exclusivity(unchecked) private var lastObject = -1
    /// Where its next member is looked for first, for types ask in the order of the text; nil if a key may stand twice.
    @safe @exclusivity(unchecked) private var hint: Int?
    /// The members of large objects, so that decoding a dictionary takes linear time.
    private var largeObjects: [Int: [ExactText: Int]] = [:]

    init(_ tape: JSONTape, attachments: [[UInt8]], userInfo: [CodingUserInfoKey: any Sendable]) {
        self.tape = tape
        self.attachments = attachments
        self.userInfo = userInfo
    }

    /// The attachment that the token at `index` stands for.
    func attachment(at index: Int) throws -> Data {
        guard let number = placeholder(at: index) else {
            throw mismatch(Data.self, at: index, expected: "the placeholder of a binary attachment")
        }
        if let copy = copies[number] { return copy }
        guard attachments.indices.contains(number) else {
            throw corrupted(
                "attachment \(number) was not sent; the packet has \(attachments.count)", at: index)
        }
        let copy = Data(attachments[number])
        copies[number] = copy
        return copy
    }

    /// The number of the attachment that the token at `index` stands for; nil if it is anything else.
    func placeholder(at index: Int) -> Int? { tape.placeholder(at: index) }

    /// The index of the value of a member of the object at `index`; nil if it has none.
    @inline(__always)
    func member(_ key: String, of index: Int) -> Int? {
        tape[index].count <= 24 ? memberOfSmallObject(key, index) : memberOfLargeObject(key, index)
    }

    private func memberOfSmallObject(_ key: String, _ index: Int) -> Int? {
        if index != lastObject {
            lastObject = index
            hint = tape.hasDistinctKeys(index) ? index + 1 : nil
        }
        guard let hint else { return tape.member(key, of: index) }
        let value = tape.member(key, of: index, near: hint)
        if let value { self.hint = tape.next(after: value) }
        return value
    }

    private func memberOfLargeObject(_ key: String, _ index: Int) -> Int? {
        if let members = largeObjects[index] { return members[ExactText(text: key)] }
        var members: [ExactText: Int] = [:]
        members.reserveCapacity(Int(tape[index].count))
        for (key, value) in tape.members(of: index) { members[ExactText(text: key)] = value }
        largeObjects[index] = members
        return members[ExactText(text: key)]
    }
}
