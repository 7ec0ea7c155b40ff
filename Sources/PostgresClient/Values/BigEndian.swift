/// Integers as the protocol has them: the most significant byte first.
extension Span where Element == UInt8 {
    /// The integer at a place. Traps unless all of it is there: the caller has compared lengths.
    @inline(__always)
    func bigEndian<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
        Value(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension Array where Element == UInt8 {
    /// Appends an integer.
    @inline(__always)
    mutating func append(bigEndian value: some FixedWidthInteger) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
    }
}
