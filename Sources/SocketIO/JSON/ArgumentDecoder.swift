/// Decodes arguments of events into `Decodable` values, straight from the bytes of the packet.
///
/// Of equal keys the last counts. Integers are exact. `Data` is read from the placeholder of an attachment,
/// `Date` from an ISO 8601 text or from milliseconds since 1970, `URL` from a text, `Decimal` from a number
/// or text. Errors are `DecodingError`s that name the place but never the content.
package struct ArgumentDecoder: Sendable {
    /// How many calls of `init(from:)` may be inside each other.
    ///
    /// A client chooses how deep a recursive type goes. Each call takes 0.6 to 0.9 KB of the stack, 1.7 KB
    /// without optimisation, and threads of Dispatch have 512 KB. `RawJSON` and `JSONValue` count as one
    /// call, however deep they are; the scanner's limit holds for them.
    package static let greatestDepth = 200

    /// Handed to the `init(from:)` of decoded types.
    package var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    /// A decoder without user information.
    package init() {}

    /// Decodes the value that stands at `range` of `bytes`.
    package func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], range: Range<Int>, attachments: [[UInt8]] = []
    ) throws -> Value {
        let tape: JSONTape
        do {
            tape = try JSONTape(bytes, range: range, depthLimit: JSONScanner.greatestDepth)
        } catch {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: [], debugDescription: error.description, underlyingError: error))
        }
        return try ArgumentSource(tape, attachments: attachments, userInfo: userInfo).value(type, at: 0)
    }

    /// Decodes a whole text.
    package func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], attachments: [[UInt8]] = []
    ) throws -> Value {
        try decode(type, from: bytes, range: 0..<bytes.count, attachments: attachments)
    }
}

/// The `Decoder` for one token: a pair of words, so that it fits into an existential without an allocation.
struct ArgumentValueDecoder: Decoder {
    let source: ArgumentSource
    let index: Int

    var codingPath: [any CodingKey] { source.path(to: index) }
    var userInfo: [CodingUserInfoKey: Any] { source.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try KeyedArgumentReader(source: source, index: index))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try UnkeyedArgumentReader(source: source, index: index)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        SingleArgumentReader(source: source, index: index)
    }
}
