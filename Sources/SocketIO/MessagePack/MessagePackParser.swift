public import EngineIO

/// Packets as MessagePack, each one binary message: for clients with the `parser` of `socket.io-msgpack-parser`, or
/// with the bundle `socket.io.msgpack.min.js`.
///
/// ```swift
/// options.parser = MessagePackParser()
/// ```
///
/// Handlers see no difference to the default parser: arguments are what JSON would have made of the client's values,
/// with binary values as attachments. A client's `Date` comes as its ISO 8601 text, `undefined` as null.
///
/// In a browser that client knows one type of binary values, `ArrayBuffer`: it writes a `Uint8Array` as an object
/// with a member for each byte. Pages send `array.buffer`.
public struct MessagePackParser: PacketParser {
    /// Most binary values of a packet, beside the server's `maxAttachments`: further ones are not even read.
    public var maxAttachments: Int

    /// Makes the parser.
    /// - Parameter maxAttachments: most binary values of a packet that are read. Each may take only two bytes of the
    ///   message, and costs about 90.
    public init(maxAttachments: Int = 1_000) { self.maxAttachments = maxAttachments }

    /// Writes a packet.
    /// - Parameter packet: as a server has it.
    /// - Returns: one binary message; none if the packet's `json` is none, or it has 4 GiB, for which MessagePack has no
    ///   sizes.
    public func encode(_ packet: ParserPacket) -> [Message] {
        let message = try? MessagePackEncoder.packet(
            packet.kind, namespace: packet.namespace, id: packet.id, json: packet.json,
            attachments: packet.attachments)
        return message.map { [.binary($0)] } ?? []
    }

    /// What reads the packets of one client.
    public func makeDecoder() -> any PacketParserDecoder {
        MessagePackDecoder(limits: SocketPacket.Limits(attachments: maxAttachments))
    }
}

/// Nothing is kept from one message to the next.
private struct MessagePackDecoder: PacketParserDecoder {
    let limits: SocketPacket.Limits

    func decode(_ message: Message) throws -> ParserPacket? {
        guard case .binary(let bytes) = message else { throw PacketViolation.malformedMessagePack }
        let packet = try MessagePackPacket(bytes.span, limits: limits)
        return ParserPacket(
            kind: packet.type, namespace: packet.namespace ?? "/", id: packet.id, json: packet.text,
            attachments: packet.attachments)
    }
}
