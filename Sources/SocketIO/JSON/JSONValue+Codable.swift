#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension JSONValue: Decodable {
    /// Reads a value of any kind. Our own decoder keeps numbers as they are written and finds attachments;
    /// others give integers and doubles.
    public init(from decoder: any Decoder) throws {
        if let own = decoder as? ArgumentValueDecoder {
            self = try own.source.jsonValue(at: own.index)
        } else if let object = try? decoder.container(keyedBy: JSONPathKey.self) {
            var members = JSONObject()
            for key in object.allKeys {
                members[key.stringValue] = try object.decode(JSONValue.self, forKey: key)
            }
            self = .object(members)
        } else if var array = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !array.isAtEnd { elements.append(try array.decode(JSONValue.self)) }
            self = .array(elements)
        } else {
            self = try Self.scalar(decoder.singleValueContainer())
        }
    }

    private static func scalar(_ container: any SingleValueDecodingContainer) throws -> JSONValue {
        if container.decodeNil() { return .null }
        if let value = try? container.decode(Bool.self) { return .bool(value) }
        if let value = try? container.decode(Int64.self) { return .number(JSONNumber(value)) }
        if let value = try? container.decode(UInt64.self) { return .number(JSONNumber(value)) }
        if let value = try? container.decode(Double.self), let number = JSONNumber(value) {
            return .number(number)
        }
        return .string(try container.decode(String.self))
    }
}

extension JSONValue: Encodable {
    /// Writes the value. Encoders other than our own write attachments and numbers in their way.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        // Our own encoder knows the type, and writes it without coming back here.
        if encoder is ArgumentValueEncoder { return try container.encode(self) }
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .binary(let value): try container.encode(value)
        case .number(let value):
            if let integer = value.int64 {
                try container.encode(integer)
            } else if let integer = value.uint64 {
                try container.encode(integer)
            } else if let double = value.double {
                try container.encode(double)
            } else {
                let context = EncodingError.Context(
                    codingPath: encoder.codingPath, debugDescription: "the number does not fit into Double")
                throw EncodingError.invalidValue(value, context)
            }
        case .object(let object):
            var members = encoder.container(keyedBy: JSONPathKey.self)
            for member in object.members {
                try members.encode(member.value, forKey: JSONPathKey(stringValue: member.key))
            }
        }
    }
}

extension RawJSON: Codable {
    /// Takes the bytes as they arrived. Decoders other than our own have lost them: they give an equal value.
    public init(from decoder: any Decoder) throws {
        if let own = decoder as? ArgumentValueDecoder {
            self = own.source.raw(at: own.index)
        } else {
            let value = try JSONValue(from: decoder)
            self.init(unchecked: Array(value.description.utf8))
        }
    }

    /// Copies the bytes. Encoders other than our own write an equal value.
    public func encode(to encoder: any Encoder) throws {
        if encoder is ArgumentValueEncoder {
            var container = encoder.singleValueContainer()
            try container.encode(self)
        } else {
            do {
                try JSONValue(parsing: bytes).encode(to: encoder)
            } catch let error as JSONError {
                let context = EncodingError.Context(
                    codingPath: encoder.codingPath, debugDescription: error.description,
                    underlyingError: error)
                throw EncodingError.invalidValue(self, context)
            }
        }
    }
}
