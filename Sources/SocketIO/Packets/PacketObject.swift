/// What a CONNECT or a CONNECT_ERROR carries, as it came.
struct PacketObject: Sendable {
    /// JSON; empty when there is nothing.
    var json: [UInt8] = []
    /// What the placeholders in it stand for. The default parser has none in these packets.
    var attachments: [[UInt8]] = []

    var isEmpty: Bool { json.isEmpty }

    /// As a dynamic value; nil when there is none.
    var value: JSONValue? {
        guard !attachments.isEmpty else { return isEmpty ? nil : try? JSONValue(parsing: json) }
        return try? decode(JSONValue.self)
    }

    /// As a value of a type; nothing counts as an object without members.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try ArgumentDecoder().decode(
            type, from: isEmpty ? Array("{}".utf8) : json, attachments: attachments)
    }
}

extension JSONValue {
    /// The value with its binary parts as `JSON.stringify` of Node writes a `Buffer`, for packets that have no
    /// attachments.
    var withBuffersAsJSON: JSONValue {
        switch self {
        case .binary(let data):
            ["type": "Buffer", "data": .array(data.map { .number(JSONNumber(Int64($0))) })]
        case .array(let elements): .array(elements.map(\.withBuffersAsJSON))
        case .object(let object):
            .object(
                object.members.reduce(into: JSONObject()) { $0[$1.key] = $1.value.withBuffersAsJSON })
        case .null, .bool, .number, .string: self
        }
    }
}
