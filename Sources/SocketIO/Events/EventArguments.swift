internal import EngineWire

/// The arguments of an event or of an ack: JSON as it was received, decoded only when asked for.
///
/// Passing them on (`socket.emit("name", arguments)`, an ack with the same arguments) copies bytes and decodes
/// nothing.
public struct EventArguments: Sendable {
    let packet: ReceivedPacket
    /// Elements before the arguments: 1 when the first is the event's name.
    private let skipped: Int
    /// Where the arguments end among the elements.
    private var end: Int

    init(_ packet: ReceivedPacket, skipped: Int) {
        self.packet = packet
        self.skipped = min(skipped, packet.elements.count)
        end = packet.elements.count
    }

    init(text: [UInt8], elements: ArgumentRanges, skipped: Int, attachments: [[UInt8]]) {
        self.init(
            ReceivedPacket(text: text, elements: elements, attachments: attachments), skipped: skipped)
    }

    /// The binary attachments, in the order of their numbers.
    public var attachments: [[UInt8]] { packet.attachments }

    /// What was encoded here, as a receiver will see it.
    init(_ encoded: EncodedArguments) {
        var text: [UInt8] = [UInt8(ascii: "[")]
        text.append(contentsOf: encoded.json)
        text.append(UInt8(ascii: "]"))
        // Encoded just now, so it is an array; as deep as the application's values are.
        let elements =
            (try? JSONScanner.scanArray(text.span, from: 0, depthLimit: .max)) ?? ArgumentRanges()
        self.init(text: text, elements: elements, skipped: 0, attachments: encoded.attachments)
    }

    /// How many arguments there are.
    public var count: Int { end - skipped }

    /// Whether there is none.
    public var isEmpty: Bool { count == 0 }

    /// Decodes an argument. `Data` takes its attachment, `Date` an ISO 8601 text or milliseconds since 1970.
    /// - Throws: `DecodingError`, also when there is no argument at `index` and `type` does not accept null.
    public func decode<Value: Decodable>(_ type: Value.Type, at index: Int = 0) throws -> Value {
        guard index >= 0, index < count else {
            return try ArgumentDecoder().decode(type, from: Array("null".utf8))
        }
        return try ArgumentDecoder().decode(
            type, from: packet.text, range: packet.elements[skipped + index], attachments: attachments)
    }

    /// An argument as a dynamic value; `null` where there is none.
    public subscript(index: Int) -> JSONValue { (try? decode(JSONValue.self, at: index)) ?? .null }

    /// An argument's JSON as it was received; nil where there is none.
    public func json(at index: Int) -> RawJSON? {
        guard index >= 0, index < count else { return nil }
        return RawJSON(unchecked: Array(packet.text[packet.elements[skipped + index]]))
    }

    /// Appends the arguments with commas between them, as they stand in a packet.
    func append(to bytes: inout [UInt8]) {
        guard count > 0 else { return }
        let text = packet.text
        let all = packet.elements[skipped].lowerBound..<packet.elements[end - 1].upperBound
        bytes.append(text.span.extracting(all))
    }

    /// Takes the last argument away if it is a text.
    mutating func removeLastText() -> String? {
        guard count > 0 else { return nil }
        let bytes = packet.text
        let text = JSONScanner.string(in: bytes.span, range: packet.elements[end - 1])
        if text != nil { end -= 1 }
        return text
    }

    /// The name of the event, when these are an event's.
    var name: String {
        guard skipped == 1 else { return "" }
        let (text, range) = (packet.text, packet.elements[0])
        guard text[range.lowerBound] == UInt8(ascii: "\"") else {
            return String(lossy: text.span.extracting(range))
        }
        return JSONScanner.string(in: text.span, range: range) ?? ""
    }

    /// Whether the event's name must be decoded to be compared: it is a number, or spelt with escapes.
    var hasUnusualName: Bool {
        let range = packet.elements[0]
        guard packet.text[range.lowerBound] == UInt8(ascii: "\"") else { return true }
        for i in range where packet.text[i] == UInt8(ascii: "\\") { return true }
        return false
    }

    /// Whether the event's name, as it was spelt, is `name`.
    @inline(__always)
    func isNamed(_ quotedName: [UInt8]) -> Bool {
        let range = packet.elements[0]
        guard range.count == quotedName.count else { return false }
        for i in quotedName.indices where packet.text[range.lowerBound + i] != quotedName[i] { return false }
        return true
    }
}

/// Arguments on their way out: JSON elements with commas between them, and what is binary in them.
struct EncodedArguments: Sendable {
    var json: [UInt8] = []
    var attachments: [[UInt8]] = []

    init() {}

    init(_ arguments: EventArguments) {
        arguments.append(to: &json)
        attachments = arguments.attachments
    }

    /// Encodes values one after the other.
    /// - Throws: `EncodingError` for what JSON cannot say, e.g. a number that is not finite.
    init<each Value: Encodable>(_ values: repeat each Value) throws {
        json.reserveCapacity(256)
        for value in repeat each values {
            if !json.isEmpty { json.append(UInt8(ascii: ",")) }
            try ArgumentEncoder().encode(value, into: &json, attachments: &attachments)
        }
    }
}
