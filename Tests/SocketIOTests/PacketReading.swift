import EngineWire

@testable import SocketIO

/// A packet as the tests compare it.
struct ReadPacket: Equatable, CustomStringConvertible {
    var type: PacketKind
    var attachments = 0
    var namespace: String?
    var id: Int?
    var data = ""
    var elements: [String] = []

    /// Reads a text as the server does.
    init(_ text: String, attachments limit: Int = 10) throws(PacketViolation) {
        try self.init(Array(text.utf8), attachments: limit)
    }

    init(_ text: [UInt8], attachments limit: Int = 10) throws(PacketViolation) {
        let packet = try SocketPacket(text.span, limits: SocketPacket.Limits(attachments: limit))
        func slice(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        type = packet.type
        attachments = packet.attachmentCount
        namespace = packet.namespace.map(slice)
        id = packet.id
        data = slice(packet.data)
        elements = (0..<packet.elements.count).map { slice(packet.elements[$0]) }
    }

    init(
        _ type: PacketKind, attachments: Int = 0, namespace: String? = nil, id: Int? = nil,
        data: String = "",
        elements: [String] = []
    ) {
        self.type = type
        self.attachments = attachments
        self.namespace = namespace
        self.id = id
        self.data = data
        self.elements = elements
    }

    var description: String {
        "\(type) \(attachments)- \(namespace ?? "/") \(id.map(String.init) ?? "") \(data)"
    }
}

/// Valid packets that several suites read, cut and damage.
enum PacketSamples {
    static let all = [
        "0", "0/admin,", "0/admin,{\"token\":\"123\"}", "0{\"sid\":\"oSO0OpakMV_3jnilAAAA\"}", "1",
        "1/admin,",
        "2[\"hello\",1]", "2/admin,456[\"project:delete\",123]", "2[\"a\",{\"b\":[1,2,{\"c\":null}]}]",
        "212[\"a\"]",
        "3456[]", "3/admin,456[\"x\",{\"y\":1}]", "4{\"message\":\"Not authorized\"}", "4/admin,\"no\"",
        "51-[\"hello\",{\"_placeholder\":true,\"num\":0}]",
        "52-/admin,7[\"up\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]",
        "61-/admin,456[{\"_placeholder\":true,\"num\":0}]", "2[\"\\u0063hat\",\"\\ud83d\\ude00\"]",
    ]
}

/// The event arguments of a packet's text.
func eventArguments(_ text: String, attachments: [[UInt8]] = []) throws -> EventArguments {
    let bytes = Array(text.utf8)
    let packet = try SocketPacket(bytes.span, limits: SocketPacket.Limits(attachments: 10))
    let skipped = packet.type == .event || packet.type == .binaryEvent ? 1 : 0
    return EventArguments(text: bytes, elements: packet.elements, skipped: skipped, attachments: attachments)
}
