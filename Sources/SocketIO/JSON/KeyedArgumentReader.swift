/// The members of an object, for `Decodable` types.
struct KeyedArgumentReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let source: ArgumentSource
    private let index: Int

    init(source: ArgumentSource, index: Int) throws {
        guard source.tape[index].kind == .object else {
            throw source.mismatch([String: Any].self, at: index, expected: "an object")
        }
        self.source = source
        self.index = index
    }

    var codingPath: [any CodingKey] { source.path(to: index) }

    var allKeys: [Key] {
        source.tape.members(of: index).compactMap { Key(stringValue: $0.key) }
    }

    func contains(_ key: Key) -> Bool {
        source.member(key.stringValue, of: index) != nil
    }

    /// The index of the value of `key`.
    @inline(__always)
    private func find(_ key: Key) throws -> Int {
        guard let value = source.member(key.stringValue, of: index) else {
            throw source.missing(key, in: index)
        }
        return value
    }

    /// The index of the value of `key`; nil if there is none or it is null.
    @inline(__always)
    private func findPresent(_ key: Key) -> Int? {
        guard let value = source.member(key.stringValue, of: index), source.tape[value].kind != .null else {
            return nil
        }
        return value
    }

    func decodeNil(forKey key: Key) throws -> Bool { source.tape[try find(key)].kind == .null }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try source.bool(at: find(key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try source.string(at: find(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try source.double(at: find(key)) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try source.float(at: find(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try source.integer(at: find(key)) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try source.integer(at: find(key)) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try source.integer(at: find(key)) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try source.integer(at: find(key)) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try source.integer(at: find(key)) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try source.integer(at: find(key)) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try source.integer(at: find(key)) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try source.integer(at: find(key)) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try source.integer(at: find(key)) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try source.integer(at: find(key)) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try source.value(type, at: find(key))
    }

    // The standard library's versions of these look the key up three times.

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try findPresent(key).map { try source.bool(at: $0) }
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try findPresent(key).map { try source.string(at: $0) }
    }

    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try findPresent(key).map { try source.double(at: $0) }
    }

    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try findPresent(key).map { try source.integer(at: $0) }
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try findPresent(key).map { try source.value(type, at: $0) }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        KeyedDecodingContainer(try KeyedArgumentReader<NestedKey>(source: source, index: find(key)))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try UnkeyedArgumentReader(source: source, index: find(key))
    }

    func superDecoder() throws -> any Decoder {
        let key = JSONPathKey(stringValue: "super")
        guard let value = source.member(key.stringValue, of: index) else {
            throw source.missing(key, in: index)
        }
        return ArgumentValueDecoder(source: source, index: value)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        ArgumentValueDecoder(source: source, index: try find(key))
    }
}
