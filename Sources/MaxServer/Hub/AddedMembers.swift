import SocketIO

/// A payload, and the members that it lacked.
struct AddedMembers {
    private struct Member {
        /// Where the object that it is in ends, and whether it is the only member there so far.
        var end: Int
        var isFirst: Bool
        var name: String
        /// As JSON.
        var value: [UInt8]
        /// What the value says, of a text.
        var text: String?
    }

    private let document: JSONDocument
    private let root: JSONDocument.Value
    /// Those of objects inside before those of the objects around them, which end later.
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
        insert(member.name, value, text, in: object)
    }

    /// Adds what another member of the same object is, unless that is missing too.
    mutating func add(_ member: ChannelRoute.Default, copyOf other: String) {
        guard let object = objectLacking(member), let value = document.member(other, of: object) else {
            return
        }
        insert(member.name, Array(document.bytes(value)), nil, in: object)
    }

    private mutating func insert(
        _ name: String, _ value: [UInt8], _ text: String?, in object: JSONDocument.Value
    ) {
        let end = document.bytes(object).endIndex
        let place = members.firstIndex { $0.end > end } ?? members.endIndex
        let isFirst = document.memberCount(of: object) == 0 && !members.contains { $0.end == end }
        members.insert(Member(end: end, isFirst: isFirst, name: name, value: value, text: text), at: place)
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
        let end = document.bytes(root).endIndex
        return members.first { $0.name == name && $0.end == end }?.text
    }

    /// The payload as it came, with what was added at the ends of its objects.
    var payload: RawJSON {
        let whole = document.bytes(root)
        guard !members.isEmpty else { return RawJSON(unchecked: Array(whole)) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(whole.count + 64)
        var from = whole.startIndex
        for member in members {
            bytes += whole[from..<member.end - 1]
            from = member.end - 1
            if !member.isFirst { bytes.append(UInt8(ascii: ",")) }
            JSONWriter.appendString(member.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            bytes += member.value
        }
        bytes += whole[from...]
        return RawJSON(unchecked: bytes)
    }
}
