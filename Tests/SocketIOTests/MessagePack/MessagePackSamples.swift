@testable import SocketIO

/// Bytes written as in the specification: `"82 a1 61 01"`, where `*` repeats: `"61*300"` are 300 bytes.
func bytes(_ hex: String) -> [UInt8] {
    hex.split(separator: " ").flatMap { part -> [UInt8] in
        let parts = part.split(separator: "*")
        let digits = Array(parts[0].utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0 }
        let unit = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        return Array(repeatElement(unit, count: parts.count == 2 ? Int(parts[1]) ?? 0 : 1).joined())
    }
}

/// Packets from what applications send.
extension MessagePackEncoder {
    /// An event: `{type: 2, data: [name, …], id?, nsp}`.
    static func event(
        _ name: String, _ arguments: EncodedArguments, namespace: String, id: Int? = nil
    ) throws(JSONError) -> [UInt8] {
        var json: [UInt8] = []
        json.reserveCapacity(name.utf8.count + arguments.json.count + 8)
        json.append(UInt8(ascii: "["))
        JSONWriter.appendString(name, to: &json)
        if !arguments.json.isEmpty {
            json.append(UInt8(ascii: ","))
            json.append(contentsOf: arguments.json)
        }
        json.append(UInt8(ascii: "]"))
        return try packet(
            .event, namespace: namespace, id: id, json: json, attachments: arguments.attachments)
    }

    /// The answer to an event: `{id, type: 3, data: […], nsp}`.
    static func ack(
        _ id: Int, _ arguments: EncodedArguments, namespace: String
    ) throws(JSONError) -> [UInt8] {
        var json: [UInt8] = []
        json.reserveCapacity(arguments.json.count + 2)
        json.append(UInt8(ascii: "["))
        json.append(contentsOf: arguments.json)
        json.append(UInt8(ascii: "]"))
        return try packet(
            .ack, namespace: namespace, id: id, json: json, attachments: arguments.attachments)
    }
}

/// A value in our inner form as the tests compare it.
struct InnerForm: Equatable, CustomStringConvertible {
    var json: String
    var attachments: [[UInt8]] = []

    init(_ json: String, _ attachments: [[UInt8]] = []) {
        self.json = json
        self.attachments = attachments
    }

    /// Reads bytes that are one MessagePack value and nothing else.
    init(
        messagePack bytes: [UInt8], attachments limit: Int = 10, depth: Int = JSONScanner.greatestDepth
    ) throws(MessagePackError) {
        var reader = MessagePackReader()
        let limits = MessagePackTranscoder.Limits(attachments: limit, depth: depth)
        let value = try MessagePackTranscoder(bytes.span, &reader, limits: limits)
        guard reader.at == bytes.count else { throw .trailingBytes }
        self.init(String(decoding: value.text, as: UTF8.self), value.attachments)
    }

    /// The value as MessagePack.
    func messagePack() throws(JSONError) -> [UInt8] {
        let text = Array(json.utf8)
        let tape = try JSONTape(text, range: 0..<text.count, depthLimit: JSONScanner.greatestDepth)
        var bytes: [UInt8] = []
        MessagePackWriter.append(tape, attachments: attachments, to: &bytes)
        return bytes
    }

    var description: String { "\(json) \(attachments)" }
}

/// A packet as the tests compare it.
struct ReadMessagePack: Equatable, CustomStringConvertible {
    var type: PacketKind
    var namespace: String?
    var id: Int?
    var data: InnerForm
    var elements: [String]

    /// Reads a message as the server does.
    init(_ message: [UInt8], attachments limit: Int = 10) throws(PacketViolation) {
        let packet = try MessagePackPacket(message.span, limits: SocketPacket.Limits(attachments: limit))
        type = packet.type
        namespace = packet.namespace
        id = packet.id
        data = InnerForm(String(decoding: packet.text, as: UTF8.self), packet.attachments)
        elements = (0..<packet.elements.count).map {
            String(decoding: packet.text[packet.elements[$0]], as: UTF8.self)
        }
    }

    init(
        _ type: PacketKind, namespace: String? = nil, id: Int? = nil, _ data: String = "",
        attachments: [[UInt8]] = [], elements: [String] = []
    ) {
        self.type = type
        self.namespace = namespace
        self.id = id
        self.data = InnerForm(data, attachments)
        self.elements = elements
    }

    var description: String { "\(type) \(namespace ?? "/") \(id.map(String.init) ?? "") \(data) \(elements)" }
}

/// Messages that several suites read, cut and damage; all of them clients send.
enum MessagePackSamples {
    /// `{type, data, options, nsp}`, as socket.io-client writes its events.
    static let event = bytes(
        "84 a4 74797065 02 a4 64617461 92 a5 68656c6c6f a3 796f75 a7 6f7074696f6e73 81 a8 636f6d7072657373 c3"
            + " a3 6e7370 a1 2f")

    static let all: [[UInt8]] = [
        event,
        bytes("83 a4 74797065 00 a4 64617461 d4 00 00 a3 6e7370 a1 2f"),
        bytes("83 a4 74797065 00 a4 64617461 81 a5 746f6b656e a1 78 a3 6e7370 a2 2f61"),
        bytes("82 a4 74797065 01 a3 6e7370 a1 2f"),
        bytes("84 a4 74797065 02 a4 64617461 93 a1 65 c4 02 0102 c7 01 00 03 a2 6964 cc c8 a3 6e7370 a1 2f"),
        bytes(
            "84 a4 74797065 03 a2 6964 05 a4 64617461 91 82 a1 61 cb 3ff8000000000000 a1 62 c0 a3 6e7370 a1 2f"
        ),
        bytes(
            "83 a4 74797065 02 a4 64617461 94 a1 65 d7 00 0000000000000005 dc 0002 e0 d1 8000 de 0001 d9 01 6b"
                + " cf ffffffffffffffff a3 6e7370 a1 2f"),
        bytes("83 a4 74797065 04 a4 64617461 a2 6e6f a3 6e7370 a1 2f"),
    ]
}
