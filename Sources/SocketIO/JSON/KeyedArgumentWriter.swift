/// The members of an object, from `Encodable` types.
///
/// A key that is encoded twice is written twice; readers take the last, as they do for `JSON.parse`.
struct KeyedArgumentWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: EncodingSink
    let place: EncodingSink.Place

    var codingPath: [any CodingKey] { sink.path(to: place.depth - 1) }

    @inline(__always)
    private func member(_ key: Key, _ value: some Any, _ write: (EncodingSink) throws -> Void) throws {
        guard sink.isInnermost(place, .object) else { throw sink.misuse(value) }
        let mark = sink.mark()
        sink.beginMember(key.stringValue)
        do {
            try write(sink)
        } catch {
            sink.rewind(to: mark)
            throw error
        }
    }

    /// For values whose writing cannot fail.
    @inline(__always)
    private func begin(_ key: Key, _ value: some Any) throws -> EncodingSink {
        guard sink.isInnermost(place, .object) else { throw sink.misuse(value) }
        sink.beginMember(key.stringValue)
        return sink
    }

    func encodeNil(forKey key: Key) throws { try begin(key, "null").writeNull() }
    func encode(_ value: Bool, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: String, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: Int, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: Int8, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: Int16, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: Int32, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: Int64, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: UInt, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: UInt8, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: UInt16, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: UInt32, forKey key: Key) throws { try begin(key, value).write(value) }
    func encode(_ value: UInt64, forKey key: Key) throws { try begin(key, value).write(value) }

    func encode(_ value: Double, forKey key: Key) throws {
        guard value.isFinite else { return try member(key, value) { try $0.write(value) } }
        try begin(key, value).write(value)
    }

    func encode(_ value: Float, forKey key: Key) throws { try member(key, value) { try $0.write(value) } }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try member(key, value) { try $0.write(any: value) }
    }

    /// A sink for the value of `key`, to be filled now or later. Its text is lost if this container is
    /// finished.
    private func hole(_ key: String) -> EncodingSink {
        guard sink.isInnermost(place, .object) else { return EncodingSink(userInfo: sink.userInfo) }
        sink.beginMember(key)
        return sink.makeHole()
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        superEncoder(forKey: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        superEncoder(forKey: key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        let sink = hole("super")
        return ArgumentValueEncoder(sink: sink, place: sink.place)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        let sink = hole(key.stringValue)
        return ArgumentValueEncoder(sink: sink, place: sink.place)
    }
}
