/// A key of a coding path: a member's name or an element's number.
struct JSONPathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "Index \(intValue)"
        self.intValue = intValue
    }
}

/// Errors name the place and the kinds of values, never their content.
extension ArgumentSource {
    /// The keys and numbers that lead from the argument to the token at `index`; worked out from the tape, so
    /// that decoding needs not keep it.
    func path(to index: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var container = 0
        while container != index {
            let isObject = tape[container].kind == .object
            var child = container + (isObject ? 2 : 1)
            var position = 0
            while child < tape.tokens.count, index >= tape.next(after: child) {
                child = tape.next(after: child) + (isObject ? 1 : 0)
                position += 1
            }
            guard child <= index, tape[container].kind >= .array else { break }
            path.append(
                isObject
                    ? JSONPathKey(stringValue: tape.string(at: child - 1)) : JSONPathKey(intValue: position))
            container = child
        }
        return path
    }

    /// The error for a value of another kind than the type needs.
    func mismatch(_ type: Any.Type, at index: Int, expected: String) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: path(to: index),
            debugDescription: "expected \(expected), found \(tape[index].kind.name)")
        return tape[index].kind == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    /// The error for a value of the right kind that cannot be used.
    func corrupted(_ problem: String, at index: Int) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path(to: index), debugDescription: problem))
    }

    /// The error for a member that is not there.
    func missing(_ key: any CodingKey, in index: Int) -> DecodingError {
        .keyNotFound(
            key,
            DecodingError.Context(
                codingPath: path(to: index),
                debugDescription: "the object has no member \"\(key.stringValue)\""))
    }
}

extension JSONKind: Comparable {
    static func < (one: JSONKind, other: JSONKind) -> Bool { one.rawValue < other.rawValue }

    /// The kind in a sentence.
    var name: String {
        switch self {
        case .null: "null"
        case .false, .true: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
