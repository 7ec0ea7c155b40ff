/// Why a text is not the JSON we accept, and at which byte.
///
/// The description never repeats the text: it may hold what must not reach a log.
public struct JSONError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// The text stops before its value does.
        case unexpectedEnd
        /// A value was expected, and none begins with this byte.
        case noValue
        /// The text of an event or acknowledgement has to be an array.
        case notAnArray
        /// After a value in an array only `,` or `]` can follow.
        case noCommaInArray
        /// After a value in an object only `,` or `}` can follow.
        case noCommaInObject
        /// An object's key has to be a string.
        case noKey
        /// A key has to be followed by `:`.
        case noColon
        /// `true`, `false` or `null` is misspelt.
        case misspeltLiteral
        /// `01`, `1.`, `-`, `1e` and the like.
        case malformedNumber
        /// A backslash is followed by something that JSON does not define.
        case malformedEscape
        /// A byte below 0x20 stands in a string; it has to be escaped.
        case controlCharacter
        /// The bytes of a string are not UTF-8 (RFC 3629).
        case malformedUTF8
        /// Arrays and objects are nested deeper than the limit.
        case tooDeep
        /// Something other than white space follows the value.
        case trailingBytes
        /// The text is longer than 4 GiB - 1.
        case tooLong
    }

    /// What is wrong.
    public let kind: Kind
    /// The offset in bytes, from the beginning of the buffer that was scanned.
    public let offset: Int

    /// An error found at `offset`.
    package init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    /// One sentence, such as "byte 7: a comma or ']' is missing after an element of an array".
    public var description: String {
        "byte \(offset): \(kind.sentence)"
    }
}

extension JSONError.Kind {
    /// What is wrong, in words.
    var sentence: String {
        switch self {
        case .unexpectedEnd: "the text ends in the middle of a value"
        case .noValue: "no JSON value begins here"
        case .notAnArray: "an array was expected"
        case .noCommaInArray: "a comma or ']' is missing after an element of an array"
        case .noCommaInObject: "a comma or '}' is missing after a member of an object"
        case .noKey: "a key of an object has to be a string"
        case .noColon: "a colon is missing after a key"
        case .misspeltLiteral: "this is neither true, false nor null"
        case .malformedNumber: "this number is not written as JSON writes numbers"
        case .malformedEscape: "this escape is not one of JSON's"
        case .controlCharacter: "a control character in a string has to be escaped"
        case .malformedUTF8: "the string is not valid UTF-8"
        case .tooDeep: "arrays and objects are nested too deeply"
        case .trailingBytes: "something follows the end of the value"
        case .tooLong: "the text is longer than 4 GiB"
        }
    }
}
