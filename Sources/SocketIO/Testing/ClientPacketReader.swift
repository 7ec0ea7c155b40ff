internal import EngineIO
internal import EngineWire

/// A whole packet from the server.
struct ClientPacket: Sendable {
    var kind: PacketKind
    var namespace: String
    var id: Int?
    /// What an event or an ack carries.
    var arguments: EventArguments
    /// What other packets carry.
    var object: PacketObject
}

/// Reads what the server sends over one connection, with the server's own readers. Touched on the session's loop only.
final class ClientPacketReader: @unchecked Sendable {
    // Proof of sendability: the client's end of a session calls it, on the session's loop.

    /// The server may send as many attachments as it likes.
    private static let limits = SocketPacket.Limits(attachments: .max)

    private var decoder: (any PacketParserDecoder)?
    private var assembler = PacketAssembler()

    init(_ parser: (any PacketParser)?) { decoder = parser?.makeDecoder() }

    /// Takes the next message.
    /// - Returns: a packet when it is whole.
    func read(_ message: Message) throws -> ClientPacket? {
        guard decoder == nil else {
            guard let read = try decoder?.decode(message) else { return nil }
            let packet = try SocketPacket(read, limits: Self.limits)
            return Self.packet(packet, read.json, read.attachments, namespace: read.namespace)
        }
        switch message {
        case .text(let text):
            guard !assembler.isWaiting else { throw PacketViolation.textInsideBinary }
            let bytes = Array(text.utf8)
            let packet = try SocketPacket(bytes.span, limits: Self.limits)
            guard packet.attachmentCount > 0 else { return Self.packet(packet, bytes, []) }
            assembler.begin(packet, bytes.span)
            return nil
        case .binary(let bytes):
            guard let whole = try assembler.add(bytes.span) else { return nil }
            return Self.packet(whole.packet, whole.text, whole.attachments)
        }
    }

    private static func packet(
        _ packet: SocketPacket, _ text: [UInt8], _ attachments: [[UInt8]], namespace: String? = nil
    ) -> ClientPacket {
        let isEvent = packet.type == .event || packet.type == .binaryEvent
        let named = packet.namespace.map { String(decoding: text[$0], as: UTF8.self) }
        return ClientPacket(
            kind: packet.type, namespace: namespace ?? named ?? "/", id: packet.id,
            arguments: EventArguments(
                text: text, elements: packet.elements, skipped: isEvent ? 1 : 0, attachments: attachments),
            object: PacketObject(json: Array(text[packet.data]), attachments: attachments))
    }
}
