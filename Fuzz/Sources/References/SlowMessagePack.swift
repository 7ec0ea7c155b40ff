@testable import SocketIO

/// A second reader of MessagePack (spec.md, and the extensions of notepack), written for comparison: by recursive
/// descent, into a tree.
indirect enum SlowMessagePack {
    case null, undefined
    case bool(Bool)
    case integer(String)
    case double(Double)
    case text([UInt8])
    case binary([UInt8])
    case date(Double)
    case array([SlowMessagePack])
    case map([(key: SlowMessagePack, value: SlowMessagePack)])

    private struct Refusal: Error {}

    /// The value that the bytes are; nil if they are none.
    static func read(_ bytes: [UInt8]) -> SlowMessagePack? {
        var rest = bytes[...]
        let value = try? read(&rest)
        return rest.isEmpty ? value : nil
    }

    private static func read(_ rest: inout ArraySlice<UInt8>) throws(Refusal) -> SlowMessagePack {
        guard let format = rest.popFirst() else { throw Refusal() }
        switch format {
        case 0xC0: return .null
        case 0xC2, 0xC3: return .bool(format == 0xC3)
        case 0xC4: return .binary(try take(Int(try number(1, &rest)), &rest))
        case 0xC5: return .binary(try take(Int(try number(2, &rest)), &rest))
        case 0xC6: return .binary(try take(Int(try number(4, &rest)), &rest))
        case 0xC7: return try sizedExtension(Int(try number(1, &rest)), &rest)
        case 0xC8: return try sizedExtension(Int(try number(2, &rest)), &rest)
        case 0xC9: return try sizedExtension(Int(try number(4, &rest)), &rest)
        case 0xCA: return .double(Double(Float(bitPattern: UInt32(try number(4, &rest)))))
        case 0xCB: return .double(Double(bitPattern: try number(8, &rest)))
        case 0xCC: return .integer("\(try number(1, &rest))")
        case 0xCD: return .integer("\(try number(2, &rest))")
        case 0xCE: return .integer("\(try number(4, &rest))")
        case 0xCF: return .integer("\(try number(8, &rest))")
        case 0xD0: return .integer("\(Int8(truncatingIfNeeded: try number(1, &rest)))")
        case 0xD1: return .integer("\(Int16(truncatingIfNeeded: try number(2, &rest)))")
        case 0xD2: return .integer("\(Int32(truncatingIfNeeded: try number(4, &rest)))")
        case 0xD3: return .integer("\(Int64(truncatingIfNeeded: try number(8, &rest)))")
        case 0xD4...0xD8: return try fixedExtension([1, 2, 4, 8, 16][Int(format) - 0xD4], &rest)
        case 0xD9: return .text(try take(Int(try number(1, &rest)), &rest))
        case 0xDA: return .text(try take(Int(try number(2, &rest)), &rest))
        case 0xDB: return .text(try take(Int(try number(4, &rest)), &rest))
        case 0xDC: return try array(Int(try number(2, &rest)), &rest)
        case 0xDD: return try array(Int(try number(4, &rest)), &rest)
        case 0xDE: return try map(Int(try number(2, &rest)), &rest)
        case 0xDF: return try map(Int(try number(4, &rest)), &rest)
        case ..<0x80, 0xE0...: return .integer("\(Int8(bitPattern: format))")
        case ..<0x90: return try map(Int(format) - 0x80, &rest)
        case ..<0xA0: return try array(Int(format) - 0x90, &rest)
        case ..<0xC0: return .text(try take(Int(format) - 0xA0, &rest))
        default: throw Refusal()
        }
    }

    private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws(Refusal) -> [UInt8] {
        guard count <= rest.count else { throw Refusal() }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private static func number(_ width: Int, _ rest: inout ArraySlice<UInt8>) throws(Refusal) -> UInt64 {
        try take(width, &rest).reduce(0) { $0 * 256 + UInt64($1) }
    }

    private static func array(
        _ count: Int, _ rest: inout ArraySlice<UInt8>
    ) throws(Refusal) -> SlowMessagePack {
        var elements: [SlowMessagePack] = []
        while elements.count < count { elements.append(try read(&rest)) }
        return .array(elements)
    }

    private static func map(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws(Refusal) -> SlowMessagePack
    {
        var members: [(key: SlowMessagePack, value: SlowMessagePack)] = []
        while members.count < count { members.append((try read(&rest), try read(&rest))) }
        return .map(members)
    }

    private static func fixedExtension(
        _ size: Int, _ rest: inout ArraySlice<UInt8>
    ) throws(Refusal) -> SlowMessagePack {
        let type = try number(1, &rest)
        let content = try take(size, &rest)
        if type == 0, size == 1 { return .undefined }
        guard type == 0, size == 8 else { return try timestamp(type, content) }
        return .date(Double(Int64(truncatingIfNeeded: content.reduce(0) { $0 << 8 | UInt64($1) })))
    }

    private static func sizedExtension(
        _ size: Int, _ rest: inout ArraySlice<UInt8>
    ) throws(Refusal) -> SlowMessagePack {
        let type = try number(1, &rest)
        let content = try take(size, &rest)
        return type == 0 ? .binary(content) : try timestamp(type, content)
    }

    private static func timestamp(_ type: UInt64, _ content: [UInt8]) throws(Refusal) -> SlowMessagePack {
        func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        let (seconds, nanoseconds): (Double, UInt64)
        switch (type, content.count) {
        case (255, 4): (seconds, nanoseconds) = (Double(number(content)), 0)
        case (255, 8): (seconds, nanoseconds) = (Double(number(content) % (1 << 34)), number(content) >> 34)
        case (255, 12):
            nanoseconds = number(content.prefix(4))
            seconds = Double(Int64(truncatingIfNeeded: number(content.dropFirst(4))))
        default: throw Refusal()
        }
        guard nanoseconds <= 999_999_999 else { throw Refusal() }
        return .date(seconds * 1000 + Double(nanoseconds / 1_000_000))
    }
}
