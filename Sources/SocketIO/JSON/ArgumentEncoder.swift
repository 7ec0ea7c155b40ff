/// Encodes `Encodable` values as arguments of events, straight into the bytes of a packet.
///
/// Members stand in the order in which they were encoded, numbers are written as JavaScript writes them.
/// `Data` becomes an attachment with a placeholder in its place, `Date` an ISO 8601 text in UTC with
/// milliseconds, `URL` a text, `Decimal` a number. Numbers that are not finite are refused.
package struct ArgumentEncoder: Sendable {
    /// Handed to the `encode(to:)` of encoded types.
    package var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    /// An encoder without user information.
    package init() {}

    /// Appends the value to `bytes` and what is binary in it to `attachments`; when it throws, both are as
    /// before.
    ///
    /// The number in a placeholder is the attachment's index in `attachments`.
    package func encode<Value: Encodable>(
        _ value: Value, into bytes: inout [UInt8], attachments: inout [[UInt8]]
    ) throws {
        let sink = EncodingSink(userInfo: userInfo)
        swap(&bytes, &sink.bytes)
        swap(&attachments, &sink.attachments)
        let mark = sink.mark()
        defer {
            swap(&bytes, &sink.bytes)
            swap(&attachments, &sink.attachments)
        }
        do {
            guard try sink.writeIfAny(value) else { throw sink.failure(value, "it encodes nothing") }
            sink.finish()
        } catch {
            sink.rewind(to: mark)
            throw error
        }
    }
}

/// The `Encoder` for one value: three words, so that it fits into an existential without an allocation.
struct ArgumentValueEncoder: Encoder {
    let sink: EncodingSink
    let place: EncodingSink.Place

    var codingPath: [any CodingKey] { sink.path(to: place.depth) }
    var userInfo: [CodingUserInfoKey: Any] { sink.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedArgumentWriter<Key>(sink: sink, place: sink.open(.object, at: place)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedArgumentWriter(sink: sink, place: sink.open(.array, at: place))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleArgumentWriter(sink: sink, place: place)
    }
}
