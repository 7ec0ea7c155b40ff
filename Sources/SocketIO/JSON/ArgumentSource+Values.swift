#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reading one token as a Swift value.
extension ArgumentSource {
    func bool(at index: Int) throws -> Bool {
        switch tape[index].kind {
        case .true: return true
        case .false: return false
        default: throw mismatch(Bool.self, at: index, expected: "a boolean")
        }
    }

    func string(at index: Int) throws -> String {
        guard tape[index].kind == .string else {
            throw mismatch(String.self, at: index, expected: "a string")
        }
        return tape.string(at: index)
    }

    func double(at index: Int) throws -> Double {
        guard tape[index].kind == .number else {
            throw mismatch(Double.self, at: index, expected: "a number")
        }
        guard let value = tape.double(at: index) else {
            throw corrupted("the number does not fit into Double", at: index)
        }
        return value
    }

    func float(at index: Int) throws -> Float {
        guard tape[index].kind == .number else {
            throw mismatch(Float.self, at: index, expected: "a number")
        }
        guard let value = tape.float(at: index) else {
            throw corrupted("the number does not fit into Float", at: index)
        }
        return value
    }

    func integer<Integer: FixedWidthInteger>(at index: Int) throws -> Integer {
        guard tape[index].kind == .number else {
            throw mismatch(Integer.self, at: index, expected: "an integer")
        }
        guard let value: Integer = tape.integer(at: index) else {
            throw corrupted(
                "expected an integer that fits into \(Integer.self), found another number", at: index)
        }
        return value
    }

    /// A date as JavaScript sends it: `JSON.stringify(date)` or `date.getTime()`.
    func date(at index: Int) throws -> Date {
        switch tape[index].kind {
        case .number:
            return Date(timeIntervalSince1970: try double(at: index) / 1000)
        case .string:
            guard let milliseconds = tape.milliseconds(at: index) else {
                throw corrupted(
                    "expected a date such as \"2025-01-15T10:30:00.000Z\", found other text", at: index)
            }
            return Date(timeIntervalSince1970: milliseconds / 1000)
        default:
            throw mismatch(Date.self, at: index, expected: "a date as a string or milliseconds since 1970")
        }
    }

    /// An exact amount, from a number or from a text as financial services send it.
    private func decimal(at index: Int) throws -> Decimal {
        let text: String
        switch tape[index].kind {
        case .number: text = tape.number(at: index)
        case .string: text = tape.string(at: index)
        default: throw mismatch(Decimal.self, at: index, expected: "a number or a number in a string")
        }
        guard JSONNumber(text) != nil, let value = Decimal(string: text), value.isFinite else {
            throw corrupted("expected a number that fits into Decimal", at: index)
        }
        return value
    }

    private func url(at index: Int) throws -> URL {
        guard let value = URL(string: try string(at: index)) else {
            throw corrupted("expected a URL, found other text", at: index)
        }
        return value
    }

    /// The bytes as they arrived.
    func raw(at index: Int) -> RawJSON {
        RawJSON(unchecked: Array(tape.bytes[tape.range(of: index)]))
    }

    /// A value of any type. The types that this decoder treats itself come first.
    func value<Value: Decodable>(_ type: Value.Type, at index: Int) throws -> Value {
        if let value = try builtIn(type, at: index) { return value }
        guard depth < ArgumentDecoder.greatestDepth else {
            throw corrupted(
                "more than \(ArgumentDecoder.greatestDepth) types are nested in each other", at: index)
        }
        depth += 1
        defer { depth -= 1 }
        return try Value(from: ArgumentValueDecoder(source: self, index: index))
    }

    /// A value of one of the types that need not or must not go through `Decodable`; nil for others.
    ///
    /// Not inlined, so that its frame is gone while a nested value is decoded.
    @inline(never)
    private func builtIn<Value>(_ type: Value.Type, at index: Int) throws -> Value? {
        if type == String.self { return try string(at: index) as? Value }
        if type == Double.self { return try double(at: index) as? Value }
        if type == Int.self { return try integer(at: index) as Int as? Value }
        if type == Bool.self { return try bool(at: index) as? Value }
        if type == Date.self { return try date(at: index) as? Value }
        if type == Data.self { return try attachment(at: index) as? Value }
        if type == JSONValue.self { return try jsonValue(at: index) as? Value }
        if type == RawJSON.self { return raw(at: index) as? Value }
        if type == Decimal.self { return try decimal(at: index) as? Value }
        if type == URL.self { return try url(at: index) as? Value }
        if type == [Double].self {
            return try elements(index, [Double].self) { try double(at: $0) } as? Value
        }
        if type == [String].self {
            return try elements(index, [String].self) { try string(at: $0) } as? Value
        }
        if type == [Int].self { return try elements(index, [Int].self) { try integer(at: $0) } as? Value }
        return nil
    }

    private func elements<Element>(
        _ index: Int, _ type: [Element].Type, _ read: (Int) throws -> Element
    ) throws -> [Element] {
        guard tape[index].kind == .array else { throw mismatch(type, at: index, expected: "an array") }
        var elements: [Element] = []
        elements.reserveCapacity(Int(tape[index].count))
        var at = index + 1
        for _ in 0..<tape[index].count {
            elements.append(try read(at))
            at = tape.next(after: at)
        }
        return elements
    }

    /// A value of any kind as a tree; placeholders become binary.
    func jsonValue(at index: Int) throws -> JSONValue {
        try tape.tree(at: index) { object in
            placeholder(at: object) == nil ? nil : .binary(try attachment(at: object))
        }
    }
}
