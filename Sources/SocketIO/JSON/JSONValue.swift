#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Any JSON value as a tree, for arguments whose shape is only known while the program runs.
///
/// Prefer a `Codable` type where the shape is known, and `RawJSON` where the value is only passed on: both
/// are many times faster.
public enum JSONValue: Hashable, Sendable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number, kept as it is written.
    case number(JSONNumber)
    /// A text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Members in order.
    case object(JSONObject)
    /// A binary attachment, which Socket.IO sends beside the JSON.
    case binary(Data)
}

/// Views and parts; nil when the value is of another kind.
extension JSONValue {
    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// The boolean.
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The number as an `Int`, if it is an integer that fits.
    public var intValue: Int? {
        if case .number(let value) = self { value.int64.flatMap(Int.init(exactly:)) } else { nil }
    }

    /// The number as the nearest `Double`.
    public var doubleValue: Double? { if case .number(let value) = self { value.double } else { nil } }

    /// The text.
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    /// The elements.
    public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    /// The members.
    public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The attachment.
    public var dataValue: Data? { if case .binary(let value) = self { value } else { nil } }

    /// The value of a member; nil if there is none.
    public subscript(key: String) -> JSONValue? { objectValue?[key] }

    /// An element; nil if there are fewer.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// `null`
    public init(nilLiteral: ()) { self = .null }

    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// A number.
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }

    /// A number; `null` if it is beyond the greatest double, as in JavaScript.
    public init(floatLiteral value: Double) { self = JSONNumber(value).map { .number($0) } ?? .null }

    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }

    /// A list.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// Members in the order of the literal; of equal keys the last counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}

extension JSONValue {
    /// Reads a JSON text. Placeholders of attachments stay objects.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// Reads JSON in UTF-8. Placeholders of attachments stay objects.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        let tape = try JSONTape(bytes, range: 0..<bytes.count, depthLimit: JSONScanner.greatestDepth)
        self = tape.value(at: 0)
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as JSON; an attachment shows as its size.
    public var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes) { data, bytes in JSONWriter.appendString("(\(data.count) bytes)", to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the value as JSON; `attach` appends what stands for an attachment.
    func append(to bytes: inout [UInt8], attach: (Data, inout [UInt8]) -> Void) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let value): bytes.append(contentsOf: value.text.utf8)
        case .string(let value): JSONWriter.appendString(value, to: &bytes)
        case .binary(let value): attach(value, &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.append(to: &bytes, attach: attach)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONWriter.appendString(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.append(to: &bytes, attach: attach)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}
