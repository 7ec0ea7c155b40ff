/// The elements of an array, from `Encodable` types.
struct UnkeyedArgumentWriter: UnkeyedEncodingContainer {
    let sink: EncodingSink
    let place: EncodingSink.Place

    var codingPath: [any CodingKey] { sink.path(to: place.depth - 1) }
    var count: Int { sink.count(of: place, .array) }

    @inline(__always)
    private func element(_ value: some Any, _ write: (EncodingSink) throws -> Void) throws {
        guard sink.isInnermost(place, .array) else { throw sink.misuse(value) }
        let mark = sink.mark()
        sink.beginElement()
        do {
            try write(sink)
        } catch {
            sink.rewind(to: mark)
            throw error
        }
    }

    /// For values whose writing cannot fail.
    @inline(__always)
    private func begin(_ value: some Any) throws -> EncodingSink {
        guard sink.isInnermost(place, .array) else { throw sink.misuse(value) }
        sink.beginElement()
        return sink
    }

    func encodeNil() throws { try begin("null").writeNull() }
    func encode(_ value: Bool) throws { try begin(value).write(value) }
    func encode(_ value: String) throws { try begin(value).write(value) }
    func encode(_ value: Int) throws { try begin(value).write(value) }
    func encode(_ value: Int8) throws { try begin(value).write(value) }
    func encode(_ value: Int16) throws { try begin(value).write(value) }
    func encode(_ value: Int32) throws { try begin(value).write(value) }
    func encode(_ value: Int64) throws { try begin(value).write(value) }
    func encode(_ value: UInt) throws { try begin(value).write(value) }
    func encode(_ value: UInt8) throws { try begin(value).write(value) }
    func encode(_ value: UInt16) throws { try begin(value).write(value) }
    func encode(_ value: UInt32) throws { try begin(value).write(value) }
    func encode(_ value: UInt64) throws { try begin(value).write(value) }
    func encode(_ value: Double) throws { try element(value) { try $0.write(value) } }
    func encode(_ value: Float) throws { try element(value) { try $0.write(value) } }
    func encode<Value: Encodable>(_ value: Value) throws { try element(value) { try $0.write(any: value) } }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        superEncoder().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        superEncoder().unkeyedContainer()
    }

    /// An encoder for the next element, to be filled now or later. Its text is lost if this container is
    /// finished.
    func superEncoder() -> any Encoder {
        guard sink.isInnermost(place, .array) else {
            let sink = EncodingSink(userInfo: sink.userInfo)
            return ArgumentValueEncoder(sink: sink, place: sink.place)
        }
        sink.beginElement()
        let sink = sink.makeHole()
        return ArgumentValueEncoder(sink: sink, place: sink.place)
    }
}
