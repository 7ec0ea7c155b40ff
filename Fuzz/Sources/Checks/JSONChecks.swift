import Foundation

@testable import SocketIO

/// JSON (RFC 8259), from the scanner to values and back.
enum JSONChecks {
    static func value(_ input: [UInt8]) throws(Finding) {
        let read = try? JSONValue(parsing: input)
        let reference = SlowJSON.read(input)
        try expectEqual(
            read?.description.utf8.map(\.self), reference?.description.utf8.map(\.self),
            "the reference reads another value")
        let isValid = (try? JSONScanner.validateValue(input.span)) != nil
        try expect(isValid == (read != nil), "the scanner and the reader differ")
        let elements = try? JSONScanner.scanArray(input.span)
        try expect(
            (elements != nil) == (read?.arrayValue != nil), "the scanner takes something else for an array")
        guard let read else { return checkRefused(input) }
        try checkWritten(read)
        if let elements, let values = read.arrayValue { try checkElements(input, elements, values) }
        try checkNumbers(read)
        checkTypes(input)
    }

    /// Bytes that are not JSON must not trap whoever is handed them all the same.
    private static func checkRefused(_ input: [UInt8]) {
        _ = try? ArgumentDecoder().decode(JSONValue.self, from: input)
        _ = JSONScanner.string(in: input.span, range: 0..<input.count)
    }

    /// A value that is written and read again is the same.
    private static func checkWritten(_ value: JSONValue) throws(Finding) {
        let text = Array(value.description.utf8)
        let again = try? JSONValue(parsing: text)
        try expect(again?.description.utf8.elementsEqual(text) == true, "a value changes when it is written")
        var encoded: [UInt8] = []
        var attachments: [[UInt8]] = []
        try? ArgumentEncoder().encode(value, into: &encoded, attachments: &attachments)
        try expect(encoded == text && attachments.isEmpty, "the encoder writes something else")
    }

    private static func checkElements(
        _ input: [UInt8], _ elements: ArgumentRanges, _ values: [JSONValue]
    ) throws(Finding) {
        try expect(elements.count == values.count, "elements are counted differently")
        for (i, value) in values.enumerated() {
            let element = try? JSONValue(parsing: Array(input[elements[i]]))
            try expect(
                element?.description.utf8.elementsEqual(value.description.utf8) == true,
                "element \(i) stands elsewhere")
        }
    }

    private static func checkNumbers(_ value: JSONValue) throws(Finding) {
        switch value {
        case .array(let elements): for element in elements { try checkNumbers(element) }
        case .object(let object): for member in object.members { try checkNumbers(member.value) }
        case .number(let number): try checkNumber(number)
        case .null, .bool, .string, .binary: break
        }
    }

    private static func checkNumber(_ number: JSONNumber) throws(Finding) {
        let double = Double(number.text).flatMap { $0.isFinite ? $0 : nil }
        try expectEqual(number.double, double, "the standard library reads another double from \(number)")
        if let integer = Int64(number.text) {
            try expectEqual(number.int64, integer, "\(number) is an integer")
        }
        if let integer = UInt64(number.text) {
            try expectEqual(number.uint64, integer, "\(number) is an integer")
        }
        if let integer = number.int64, !number.text.allSatisfy({ $0.isNumber || $0 == "-" }) {
            try expectEqual(double, Double(integer), "\(number) is no integer")
        }
        guard let double else { return }
        let written = JSONNumber(double)
        try expectEqual(written?.double, double, "a double changes when it is written")
    }

    /// Types that a handler may ask for; what they make of it does not matter.
    private static func checkTypes(_ input: [UInt8]) {
        func decode<Value: Decodable>(_ type: Value.Type) {
            _ = try? ArgumentDecoder().decode(type, from: input)
        }
        decode([Date].self)
        decode([URL].self)
        decode([Decimal].self)
        decode([Data].self)
        decode([Float].self)
        decode([Int8].self)
        decode([String: [Int]].self)
        decode(Node.self)
    }

    /// As deep as the sender likes.
    private struct Node: Decodable {
        var children: [Node]?
        var a: [Node?]?
    }
}
