import SocketIO

/// A payload, and the members that it lacked.
struct AddedMembers {
    private struct Member {
        var object: JSONDocument.Value
        var name: String
        /// As JSON.
        var value: [UInt8]
        /// What the value says, of a text.
        var text: String?
    }

    private let document: JSONDocument
    private let root: JSONDocument.Value
    private var members: [Member] = []

    init(_ document: JSONDocument, _ root: JSONDocument.Value) {
        (self.document, self.root) = (document, root)
    }

    /// Adds a text, unless the member is there, or its object is not.
    mutating func add(_ member: ChannelRoute.Default, text: @autoclosure () -> String) {
        guard let object = objectLacking(member) else { return }
        let text = text()
        var value: [UInt8] = []
        JSONWriter.appendString(text, to: &value)
        members.append(Member(object: object, name: member.name, value: value, text: text))
    }

    /// Adds what another member of the same object is, unless that is missing too.
    mutating func add(_ member: ChannelRoute.Default, copyOf other: String) {
        guard let object = objectLacking(member), let value = document.member(other, of: object) else {
            return
        }
        members.append(Member(object: object, name: member.name, value: Array(document.bytes(value))))
    }

    private func objectLacking(_ member: ChannelRoute.Default) -> JSONDocument.Value? {
        let object = member.object.map { document.member($0, of: root) } ?? root
        guard let object, document.isObject(object), document.member(member.name, of: object) == nil else {
            return nil
        }
        return object
    }

    /// A text that was added to the payload itself.
    func text(_ name: String) -> String? {
        members.first {
            $0.name == name && document.bytes($0.object).endIndex == document.bytes(root).endIndex
        }?.text
    }

    /// The payload as it came, with what was added at the ends of its objects.
    var payload: RawJSON {
        let whole = document.bytes(root)
        guard !members.isEmpty else { return RawJSON(unchecked: Array(whole)) }
        var bytes: [UInt8] = []
        var from = whole.startIndex
        // Objects inside end before those around them.
        for end in Set(members.map { document.bytes($0.object).endIndex }).sorted() {
            let brace = end - 1
            bytes += whole[from..<brace]
            from = brace
            for (index, member) in members.filter({ document.bytes($0.object).endIndex == end }).enumerated()
            {
                if index > 0 || document.memberCount(of: member.object) > 0 {
                    bytes.append(UInt8(ascii: ","))
                }
                JSONWriter.appendString(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                bytes += member.value
            }
        }
        return RawJSON(unchecked: bytes + whole[from...])
    }
}
