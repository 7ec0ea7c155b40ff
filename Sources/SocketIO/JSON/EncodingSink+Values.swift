#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Writing one value at the place where the next value goes.
extension EncodingSink {
    @inline(__always)
    func write(_ value: Bool) {
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    @inline(__always)
    func write(_ value: String) {
        JSONWriter.appendString(value, to: &bytes)
    }

    @inline(__always)
    func write<Integer: FixedWidthInteger>(_ value: Integer) {
        JSONWriter.appendInteger(value, to: &bytes)
    }

    @inline(__always)
    func write(_ value: Double) throws {
        guard value.isFinite else { throw failure(value, "JSON has no number for it") }
        JSONWriter.appendNumber(value, to: &bytes)
    }

    func write(_ value: Float) throws {
        guard value.isFinite else { throw failure(value, "JSON has no number for it") }
        JSONWriter.appendNumber(value, to: &bytes)
    }

    func writeNull() {
        bytes.append(contentsOf: "null".utf8)
    }

    private func write(_ value: Date) throws {
        let milliseconds = (value.timeIntervalSince1970 * 1000).rounded()
        bytes.append(UInt8(ascii: "\""))
        guard ISODate.append(milliseconds, to: &bytes) else {
            // Not the date itself: printing the error would trap in Foundation's description of such dates.
            throw failure(milliseconds, "the date is beyond those of JavaScript")
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func write(_ value: Data) {
        bytes.append(contentsOf: #"{"_placeholder":true,"num":"#.utf8)
        JSONWriter.appendInteger(attach(Array(value)), to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    private func write(_ value: Decimal) throws {
        guard value.isFinite else { throw failure(value, "JSON has no number for it") }
        bytes.append(contentsOf: value.description.utf8)
    }

    private func write(_ value: JSONValue) {
        var text: [UInt8] = []
        swap(&text, &bytes)
        value.append(to: &text) { data, text in
            swap(&text, &bytes)
            write(data)
            swap(&text, &bytes)
        }
        swap(&text, &bytes)
    }

    /// A value of any type; one that encodes nothing is an empty object.
    func write<Value: Encodable>(any value: Value) throws {
        if try !writeIfAny(value) { bytes.append(contentsOf: "{}".utf8) }
    }

    /// A value of any type; false if it encodes nothing. The types that this encoder treats itself come
    /// first.
    func writeIfAny<Value: Encodable>(_ value: Value) throws -> Bool {
        if try writeBuiltIn(value) { return true }
        let place = place
        try value.encode(to: ArgumentValueEncoder(sink: self, place: place))
        close(to: place.depth)
        return bytes.count > place.start
    }

    /// Writes a value of one of the types that need not or must not go through `Encodable`; false for others.
    ///
    /// Not inlined, so that its frame is gone while a nested value is encoded.
    @inline(never)
    private func writeBuiltIn<Value: Encodable>(_ value: Value) throws -> Bool {
        if Value.self == String.self, let value = value as? String {
            write(value)
        } else if Value.self == Double.self, let value = value as? Double {
            try write(value)
        } else if Value.self == Int.self, let value = value as? Int {
            write(value)
        } else if Value.self == Bool.self, let value = value as? Bool {
            write(value)
        } else if Value.self == Date.self, let value = value as? Date {
            try write(value)
        } else if Value.self == Data.self, let value = value as? Data {
            write(value)
        } else if Value.self == JSONValue.self, let value = value as? JSONValue {
            write(value)
        } else if Value.self == RawJSON.self, let value = value as? RawJSON {
            bytes.append(contentsOf: value.bytes)
        } else if Value.self == Decimal.self, let value = value as? Decimal {
            try write(value)
        } else if Value.self == URL.self, let value = value as? URL {
            write(value.absoluteString)
        } else if Value.self == [String].self, let value = value as? [String] {
            writeElements(value) { write($0) }
        } else if Value.self == [Double].self, let value = value as? [Double] {
            try writeElements(value) { try write($0) }
        } else if Value.self == [Int].self, let value = value as? [Int] {
            writeElements(value) { write($0) }
        } else {
            return false
        }
        return true
    }

    private func writeElements<Element>(_ elements: [Element], _ write: (Element) throws -> Void) rethrows {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            try write(element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The error for a value that cannot be written.
    func failure(_ value: Any, _ problem: String) -> EncodingError {
        let message = "a \(type(of: value)) cannot be encoded: \(problem)"
        return .invalidValue(value, EncodingError.Context(codingPath: path(), debugDescription: message))
    }

    /// The error for writing to a container that is closed, or where another value stands.
    func misuse(_ value: Any) -> EncodingError {
        failure(value, "its container is finished, not the first value in its place, or too deep")
    }
}
