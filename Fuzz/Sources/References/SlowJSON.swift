@testable import SocketIO

/// A second reader of JSON (RFC 8259), written for comparison: by recursive descent, byte by byte.
struct SlowJSON {
    private struct Refusal: Error {}

    private var rest: ArraySlice<UInt8>
    private var depth = 0

    /// The value that the bytes are; nil if they are none.
    static func read(_ bytes: [UInt8]) -> JSONValue? {
        var reader = SlowJSON(rest: bytes[...])
        let value = try? reader.value()
        reader.skipSpace()
        guard reader.rest.isEmpty else { return .none }  // `nil` would be JSON's null
        return value
    }

    private mutating func skipSpace() { rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) } }

    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private mutating func value() throws(Refusal) -> JSONValue {
        skipSpace()
        if take("null") { return .null }
        if take("true") { return .bool(true) }
        if take("false") { return .bool(false) }
        if rest.first == UInt8(ascii: "\"") { return .string(try string()) }
        if take("[") { return .array(try list("]") { reader throws(Refusal) in try reader.value() }) }
        guard take("{") else { return .number(try number()) }
        let all = try list("}") { reader throws(Refusal) in try reader.member() }
        // Of equal keys the last counts, in the place of the first.
        var members: [JSONObject.Member] = []
        for member in all {
            if let place = members.firstIndex(where: { $0.key.utf8.elementsEqual(member.key.utf8) }) {
                members[place].value = member.value
            } else {
                members.append(member)
            }
        }
        return .object(JSONObject(unique: members))
    }

    private mutating func list<Item>(
        _ end: String, _ item: (inout SlowJSON) throws(Refusal) -> Item
    ) throws(Refusal) -> [Item] {
        depth += 1
        defer { depth -= 1 }
        guard depth <= JSONScanner.greatestDepth else { throw Refusal() }
        skipSpace()
        if take(end) { return [] }
        var items: [Item] = []
        repeat {
            items.append(try item(&self))
            skipSpace()
        } while take(",")
        guard take(end) else { throw Refusal() }
        return items
    }

    private mutating func member() throws(Refusal) -> JSONObject.Member {
        skipSpace()
        let key = try string()
        skipSpace()
        guard take(":") else { throw Refusal() }
        return JSONObject.Member(key: key, value: try value())
    }

    private mutating func number() throws(Refusal) -> JSONNumber {
        let start = rest
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return JSONNumber(unchecked: String(decoding: start[..<rest.startIndex], as: UTF8.self))
    }

    private mutating func digits() throws(Refusal) {
        guard let first = rest.first, 48...57 ~= first else { throw Refusal() }
        rest = rest.drop { 48...57 ~= $0 }
    }

    private mutating func string() throws(Refusal) -> String {
        guard take("\"") else { throw Refusal() }
        var units: [UInt16] = []
        var raw: [UInt8] = []
        func flush() throws(Refusal) {
            guard SlowUTF8.isValid(raw) else { throw Refusal() }
            units += String(decoding: raw, as: UTF8.self).utf16
            raw = []
        }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                try flush()
                return String(decoding: units, as: UTF16.self)
            case UInt8(ascii: "\\"):
                try flush()
                units.append(try escape())
            case 0..<0x20: throw Refusal()
            default: raw.append(byte)
            }
        }
        throw Refusal()
    }

    private mutating func escape() throws(Refusal) -> UInt16 {
        let places = Array("\"\\/bfnrt".utf8)
        guard let letter = rest.popFirst() else { throw Refusal() }
        if let place = places.firstIndex(of: letter) { return [0x22, 0x5C, 0x2F, 8, 12, 10, 13, 9][place] }
        let hex = String(decoding: rest.prefix(4), as: UTF8.self)
        guard letter == UInt8(ascii: "u"), hex.utf8.count == 4,
            hex.allSatisfy({ $0.isASCII && $0.isHexDigit }),
            let unit = UInt16(hex, radix: 16)
        else { throw Refusal() }
        rest = rest.dropFirst(4)
        return unit
    }
}
