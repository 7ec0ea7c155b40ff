/// A JSON text that was checked and indexed, for those who look at a few of its values and pass the rest on as it is.
///
/// Many times cheaper than a `JSONValue`: nothing is made of a value that nobody asks for.
package struct JSONDocument: Sendable {
    /// A value in the document.
    package struct Value: Sendable {
        fileprivate let index: Int
    }

    private let tape: JSONTape

    /// - Throws: `JSONError` for bytes that are not one JSON value, or nested deeper than others read it.
    package init(_ bytes: [UInt8]) throws(JSONError) {
        tape = try JSONTape(bytes, range: 0..<bytes.count, depthLimit: JSONScanner.greatestDepth)
    }

    /// The whole.
    package var root: Value { Value(index: 0) }

    package func isObject(_ value: Value) -> Bool { tape[value.index].kind == .object }

    /// The elements of an array; nil for another value.
    package func elements(of value: Value) -> [Value]? {
        guard tape[value.index].kind == .array else { return nil }
        var elements: [Value] = []
        var index = value.index + 1
        while index < tape.next(after: value.index) {
            elements.append(Value(index: index))
            index = tape.next(after: index)
        }
        return elements
    }

    /// The value of an object's member; of several with that name the last, as in JavaScript.
    package func member(_ name: String, of value: Value) -> Value? {
        guard isObject(value) else { return nil }
        return tape.member(name, of: value.index).map { Value(index: $0) }
    }

    /// How many members an object has.
    package func memberCount(of value: Value) -> Int { Int(tape[value.index].count) }

    /// The text of a string; nil for another value.
    package func string(_ value: Value) -> String? {
        tape[value.index].kind == .string ? tape.string(at: value.index) : nil
    }

    /// The digits of a whole number that fits into an `Int`; nil for another value.
    package func wholeNumber(_ value: Value) -> String? {
        guard tape[value.index].kind == .number else { return nil }
        return (tape.integer(at: value.index) as Int?).map { String($0) }
    }

    /// The value as it is written.
    package func text(_ value: Value) -> String {
        String(decoding: bytes(value), as: UTF8.self)
    }

    /// The same, in bytes.
    package func bytes(_ value: Value) -> ArraySlice<UInt8> { tape.bytes[tape.range(of: value.index)] }
}
