/// One value of any kind, from `Encodable` types.
struct SingleArgumentWriter: SingleValueEncodingContainer {
    let sink: EncodingSink
    let place: EncodingSink.Place

    var codingPath: [any CodingKey] { sink.path(to: place.depth) }

    /// The sink, if nothing stands at the place yet.
    @inline(__always)
    private func empty(_ value: some Any) throws -> EncodingSink {
        guard sink.depth == place.depth, sink.bytes.count == place.start else { throw sink.misuse(value) }
        return sink
    }

    func encodeNil() throws { try empty("null").writeNull() }
    func encode(_ value: Bool) throws { try empty(value).write(value) }
    func encode(_ value: String) throws { try empty(value).write(value) }
    func encode(_ value: Int) throws { try empty(value).write(value) }
    func encode(_ value: Int8) throws { try empty(value).write(value) }
    func encode(_ value: Int16) throws { try empty(value).write(value) }
    func encode(_ value: Int32) throws { try empty(value).write(value) }
    func encode(_ value: Int64) throws { try empty(value).write(value) }
    func encode(_ value: UInt) throws { try empty(value).write(value) }
    func encode(_ value: UInt8) throws { try empty(value).write(value) }
    func encode(_ value: UInt16) throws { try empty(value).write(value) }
    func encode(_ value: UInt32) throws { try empty(value).write(value) }
    func encode(_ value: UInt64) throws { try empty(value).write(value) }
    func encode(_ value: Double) throws { try empty(value).write(value) }
    func encode(_ value: Float) throws { try empty(value).write(value) }

    func encode<Value: Encodable>(_ value: Value) throws {
        let sink = try empty(value)
        let mark = sink.mark()
        do {
            try sink.write(any: value)
        } catch {
            sink.rewind(to: mark)
            throw error
        }
    }
}
