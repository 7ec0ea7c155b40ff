internal import EngineWire

/// A packet of `socket.io-msgpack-parser`: one binary message with the map `{type, data, nsp, id?}`.
///
/// Clients send further fields, which mean nothing here. Of a field that stands twice the last one counts.
struct MessagePackPacket: Sendable {
    /// Never one of the binary types, which only the default parser needs.
    let type: PacketKind
    /// Nil for the main namespace `/`.
    let namespace: String?
    let id: Int?
    /// The JSON of `data`; empty when there is none.
    let text: [UInt8]
    /// The elements of `text` in events and acks; an event's first is its name.
    let elements: ArgumentRanges
    /// What the placeholders in `text` stand for.
    let attachments: [[UInt8]]

    /// Reads and checks a packet, as strictly as the default parser and with the same bounds.
    init(_ message: Span<UInt8>, limits: SocketPacket.Limits) throws(PacketViolation) {
        let fields: Fields
        do throws(MessagePackError) {
            fields = try Fields(
                message, limits: MessagePackTranscoder.Limits(attachments: limits.attachments))
        } catch {
            switch error {
            case .tooManyAttachments: throw .tooManyAttachments
            case .ambiguousPlaceholder: throw .illegalAttachments
            default: throw .malformedMessagePack
            }
        }
        guard let number = fields.type.integer.flatMap(UInt8.init(exactly:)),
            let type = PacketKind(rawValue: number), type != .binaryEvent, type != .binaryAck
        else { throw .unknownType }
        guard case .string(let name) = fields.namespace else { throw .illegalNamespace }
        let namespace = message.extracting(name)
        self.type = type
        self.namespace = namespace.equals("/") ? nil : String(lossy: namespace)
        id = fields.id.isAbsent ? nil : fields.id.integer
        guard id != nil || fields.id.isAbsent && type != .ack else { throw .illegalID }
        text = fields.data.isAbsent ? [] : fields.transcoder?.text ?? []
        elements = fields.transcoder?.elements ?? ArgumentRanges()
        attachments = fields.transcoder?.attachments ?? []
        try checkData(fields.data)
    }

    /// The arguments of an event or of an ack.
    var arguments: EventArguments {
        EventArguments(
            text: text, elements: elements, skipped: type == .event ? 1 : 0, attachments: attachments)
    }

    private func checkData(_ data: MessagePackToken) throws(PacketViolation) {
        switch (type, data) {
        case (.event, .array(1...)): try SocketPacket.checkName(text.span, at: elements[0])
        case (.ack, .array), (.connect, .map), (.connectError, .map), (.connectError, .string): break
        case (.connect, _) where data.isAbsent: break
        case (.disconnect, _) where data.isAbsent: break
        default: throw .invalidPayload
        }
    }
}

/// The fields as they stand in the message, unchecked.
private struct Fields {
    private(set) var type = MessagePackToken.undefined
    private(set) var namespace = MessagePackToken.undefined
    private(set) var id = MessagePackToken.undefined
    /// What kind of value `data` is; the value itself is in `transcoder`.
    private(set) var data = MessagePackToken.undefined
    private(set) var transcoder: MessagePackTranscoder?

    init(_ message: Span<UInt8>, limits: MessagePackTranscoder.Limits) throws(MessagePackError) {
        var reader = MessagePackReader()
        // What is no map has no fields: JavaScript sees it so, and the missing type is what is wrong.
        guard case .map(let count) = try reader.next(message) else { return }
        for _ in 0..<count {
            guard case .string(let range) = try reader.skipValue(message) else {
                _ = try reader.skipValue(message)
                continue
            }
            let key = message.extracting(range)
            if key.equals("data") {
                var peek = reader
                data = try peek.next(message)
                transcoder = try MessagePackTranscoder(message, &reader, limits: limits)
            } else if key.equals("type") {
                type = try reader.skipValue(message)
            } else if key.equals("nsp") {
                namespace = try reader.skipValue(message)
            } else if key.equals("id") {
                id = try reader.skipValue(message)
            } else {
                _ = try reader.skipValue(message)
            }
        }
        guard reader.at == message.count else { throw .trailingBytes }
    }
}
