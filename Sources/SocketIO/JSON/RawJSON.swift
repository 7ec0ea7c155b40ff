/// One JSON value as text: passed on byte by byte, never decoded.
///
/// As an argument to emit it is copied into the packet; as the type of a received argument it holds the bytes
/// that arrived, including number spelling, key order and the placeholders of attachments.
public struct RawJSON: Hashable, Sendable {
    /// The text in UTF-8; always one valid JSON value.
    public let bytes: [UInt8]

    /// Takes a text after checking that it is one JSON value.
    public init(validating text: String) throws(JSONError) {
        try self.init(validating: Array(text.utf8))
    }

    /// Takes bytes after checking that they are one JSON value in UTF-8.
    public init(validating bytes: [UInt8]) throws(JSONError) {
        try JSONScanner.validateValue(bytes.span)
        self.bytes = bytes
    }

    /// Takes bytes that are known to be one valid JSON value.
    package init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The text.
    public var text: String {
        String(decoding: bytes, as: UTF8.self)
    }
}

extension RawJSON: CustomStringConvertible {
    /// The text.
    public var description: String { text }
}
