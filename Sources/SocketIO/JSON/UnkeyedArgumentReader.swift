/// The elements of an array, one after the other, for `Decodable` types.
struct UnkeyedArgumentReader: UnkeyedDecodingContainer {
    private let source: ArgumentSource
    private let index: UInt32
    /// The token of the next element.
    private var cursor: UInt32
    private var position: UInt32 = 0

    init(source: ArgumentSource, index: Int) throws {
        guard source.tape[index].kind == .array else {
            throw source.mismatch([Any].self, at: index, expected: "an array")
        }
        self.source = source
        self.index = UInt32(truncatingIfNeeded: index)
        cursor = self.index &+ 1
    }

    var codingPath: [any CodingKey] { source.path(to: Int(index)) }
    var count: Int? { Int(source.tape[Int(index)].count) }
    var currentIndex: Int { Int(position) }
    var isAtEnd: Bool { position >= source.tape[Int(index)].count }

    /// Reads the next element and goes on behind it, unless reading throws.
    @inline(__always)
    private mutating func next<Value>(_ read: (ArgumentSource, Int) throws -> Value) throws -> Value {
        guard !isAtEnd else {
            let path = codingPath + [JSONPathKey(intValue: currentIndex)]
            let message = "the array has no more than \(currentIndex) elements"
            throw DecodingError.valueNotFound(
                Value.self, DecodingError.Context(codingPath: path, debugDescription: message))
        }
        let value = try read(source, Int(cursor))
        cursor = source.tape[Int(cursor)].next
        position &+= 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, source.tape[Int(cursor)].kind == .null else {
            return try isAtEnd && next { _, _ in false }
        }
        return try next { _, _ in true }
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next { try $0.bool(at: $1) } }
    mutating func decode(_ type: String.Type) throws -> String { try next { try $0.string(at: $1) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next { try $0.double(at: $1) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next { try $0.float(at: $1) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.integer(at: $1) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.integer(at: $1) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.integer(at: $1) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.integer(at: $1) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.integer(at: $1) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.integer(at: $1) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.integer(at: $1) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.integer(at: $1) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.integer(at: $1) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.integer(at: $1) } }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try next { try $0.value(type, at: $1) }
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try next { KeyedDecodingContainer(try KeyedArgumentReader<NestedKey>(source: $0, index: $1)) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next { try UnkeyedArgumentReader(source: $0, index: $1) as any UnkeyedDecodingContainer }
    }

    mutating func superDecoder() throws -> any Decoder {
        try next { ArgumentValueDecoder(source: $0, index: $1) as any Decoder }
    }
}
