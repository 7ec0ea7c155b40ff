/// A number as it is written in JSON, of any size and precision, with views as Swift numbers.
///
/// Numbers are equal when they are written alike: `1` equals neither `1.0` nor `1e0`. Those made from Swift
/// values are written as JavaScript writes them, so `JSONNumber(1.0)` is `1`.
public struct JSONNumber: Hashable, Sendable {
    /// The digits as they stand in the JSON text.
    public let text: String

    /// Takes a text that is known to be a JSON number.
    package init(unchecked text: String) {
        self.text = text
    }

    /// Takes a text if it is a JSON number.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let end = try? JSONScanner.skipNumber(bytes.span, 0), end == bytes.count else { return nil }
        self.text = text
    }

    /// An integer.
    public init(_ value: some FixedWidthInteger) {
        text = String(value)
    }

    /// A double; nil if it is infinite or not a number, which JSON cannot write.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        var bytes: [UInt8] = []
        JSONWriter.appendNumber(value, to: &bytes)
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// The value, if it is an integer that fits.
    public var int64: Int64? { JSONNumberText.integer(Array(text.utf8).span) }

    /// The value, if it is an integer that fits.
    public var uint64: UInt64? { JSONNumberText.integer(Array(text.utf8).span) }

    /// The nearest double; nil if the number is beyond the greatest one.
    public var double: Double? { JSONNumberText.double(Array(text.utf8).span) }
}

extension JSONNumber: CustomStringConvertible {
    /// The digits.
    public var description: String { text }
}
