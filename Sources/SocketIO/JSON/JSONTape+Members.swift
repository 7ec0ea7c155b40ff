/// Finding members of objects. When a key stands twice the last one counts, as in `JSON.parse`: whoever
/// checks a value and relays the bytes must have checked the value that the receiver will use.
extension JSONTape {
    /// The index of the value of the member `key` of the object at `index`; nil if it has none.
    func member(_ key: String, of index: Int) -> Int? {
        // The pointer does not leave the closure. Native strings always have contiguous storage.
        let found = unsafe key.utf8.withContiguousStorageIfAvailable {
            member(unsafe Span(_unsafeElements: $0), named: key, of: index)
        }
        return found ?? member(Array(key.utf8).span, named: key, of: index)
    }

    private func member(_ key: Span<UInt8>, named name: String, of object: Int) -> Int? {
        let text = bytes.span
        var found: Int?
        var at = object + 1
        for _ in 0..<tokens[object].count {
            let token = tokens[at]
            if token.hasEscapes ? string(at: at).utf8.elementsEqual(name.utf8) : matches(token, key, text) {
                found = at + 1
            }
            at = next(after: at + 1)
        }
        return found
    }

    /// Whether no key of the object at `index` stands twice; false also when that is not known at a glance.
    func hasDistinctKeys(_ index: Int) -> Bool {
        let text = bytes.span
        // Keys of the same length, beginning and end may be equal; two bits that meet by chance cost a little time.
        var seen = (UInt64(0), UInt64(0))
        var at = index + 1
        for _ in 0..<tokens[index].count {
            let token = tokens[at]
            guard !token.hasEscapes else { return false }
            let first = JSONBytes.byte(text, Int(token.start) + 1)
            let last = JSONBytes.byte(text, Int(token.end) - 2)
            let mark = UInt32(first) &* 31 &+ UInt32(last) &* 7 &+ (token.end &- token.start) &* 5
            let bit = UInt64(1) &<< UInt64(mark & 63)
            if mark & 64 == 0 {
                guard seen.0 & bit == 0 else { return false }
                seen.0 |= bit
            } else {
                guard seen.1 & bit == 0 else { return false }
                seen.1 |= bit
            }
            at = next(after: at + 1)
        }
        return true
    }

    /// The same as `member`, of an object whose keys are distinct.
    /// - Parameter hint: the index of a key, where to begin; behind the last one for the first.
    func member(_ key: String, of index: Int, near hint: Int) -> Int? {
        // The pointer does not leave the closure. Native strings always have contiguous storage.
        let found = unsafe key.utf8.withContiguousStorageIfAvailable {
            member(unsafe Span(_unsafeElements: $0), of: index, near: hint)
        }
        return found ?? member(Array(key.utf8).span, of: index, near: hint)
    }

    private func member(_ key: Span<UInt8>, of object: Int, near hint: Int) -> Int? {
        let text = bytes.span
        let end = next(after: object)
        var at = hint
        for _ in 0..<tokens[object].count {
            if at >= end { at = object + 1 }
            if matches(tokens[at], key, text) { return at + 1 }
            at = next(after: at + 1)
        }
        return nil
    }

    @inline(__always)
    private func matches(_ token: JSONToken, _ key: Span<UInt8>, _ text: Span<UInt8>) -> Bool {
        let start = Int(token.start) + 1
        guard Int(token.end) - start - 1 == key.count else { return false }
        var at = 0
        while let expected = JSONBytes.word(key, at) {
            guard JSONBytes.word(text, start &+ at) == expected else { return false }
            at &+= 8
        }
        while at < key.count {
            guard key[at] == JSONBytes.byte(text, start &+ at) else { return false }
            at &+= 1
        }
        return true
    }

    /// The number in `{"_placeholder":true,"num":0}`; nil if the token at `index` is anything else.
    func placeholder(at index: Int) -> Int? {
        guard self[index].kind == .object, let mark = member("_placeholder", of: index),
            self[mark].kind == .true, let number = member("num", of: index), self[number].kind == .number
        else { return nil }
        return integer(at: number)
    }

    /// Whether the number of each placeholder is one of an attachment.
    func hasOnlyPlaceholders(below attachments: Int) -> Bool {
        var at = 0
        while at < tokens.count {
            guard self[at].kind == .object, let mark = member("_placeholder", of: at),
                self[mark].kind == .true
            else {
                at += 1
                continue
            }
            guard let place = placeholder(at: at), (0..<attachments).contains(place) else { return false }
            at = next(after: at)
        }
        return true
    }

    /// The members of the object at `index` in the order of the text, with the last value of each key.
    func members(of index: Int) -> [(key: String, value: Int)] {
        var members: [(key: String, value: Int)] = []
        members.reserveCapacity(Int(tokens[index].count))
        var places: [ExactText: Int] = [:]
        var at = index + 1
        for _ in 0..<tokens[index].count {
            let key = string(at: at)
            let place = places.updateValue(members.count, forKey: ExactText(text: key))
            if let place {
                places[ExactText(text: key)] = place
                members[place].value = at + 1
            } else {
                members.append((key, at + 1))
            }
            at = next(after: at + 1)
        }
        return members
    }
}

/// A text that is equal only to the same bytes, where `String` takes "é" and "e" with an accent for equal.
struct ExactText: Hashable {
    let text: String

    static func == (one: ExactText, other: ExactText) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
