internal import EngineIO
internal import EngineWire

/// An event on its way out, before it is a packet.
struct OutgoingEvent: Sendable {
    var name: String
    var arguments: EncodedArguments
    var options = EmitOptions()

    /// Bytes, roughly.
    var size: Int {
        arguments.attachments.reduce(name.utf8.count + arguments.json.count) { $0 + $1.count }
    }
}

/// Writes packets as the server's parser has them.
struct PacketWriter: Sendable {
    /// Nil for the default one, whose packets are written without detours.
    let parser: (any PacketParser)?

    @inline(__always)
    var isDefault: Bool { parser == nil }

    /// An event.
    func event(
        _ name: String, _ arguments: EncodedArguments, namespace: String, id: Int? = nil,
        offset: RecoveryOffset? = nil, _ options: EmitOptions
    ) -> PreparedMessage {
        guard let parser else {
            var packet: [UInt8] = []
            packet.reserveCapacity(name.utf8.count + arguments.json.count + namespace.utf8.count + 48)
            PacketEncoder.appendEvent(
                name, arguments, namespace: namespace, id: id, offset: offset, to: &packet)
            return PreparedMessage(
                textPacket: packet.span, attachments: arguments.attachments,
                compress: options.isCompressed, latest: Self.queueKey(options.latestKey, namespace))
        }
        var json: [UInt8] = [UInt8(ascii: "[")]
        JSONWriter.appendString(name, to: &json)
        if !arguments.json.isEmpty {
            json.append(UInt8(ascii: ","))
            json.append(contentsOf: arguments.json)
        }
        offset?.append(to: &json)
        json.append(UInt8(ascii: "]"))
        let packet = ParserPacket(
            kind: .event, namespace: namespace, id: id, json: json, attachments: arguments.attachments)
        return PreparedMessage(
            parser.encode(packet), compress: options.isCompressed,
            latest: Self.queueKey(options.latestKey, namespace))
    }

    /// The key under which a message waits: the sockets of a client share one queue, and each has its own keys.
    private static func queueKey(_ key: String?, _ namespace: String) -> String? {
        namespace == "/" ? key : key.map { "\(namespace)\u{0}\($0)" }
    }

    /// The answer to an event.
    func ack(_ id: Int, _ arguments: EncodedArguments, namespace: String) -> PreparedMessage {
        guard let parser else {
            var packet: [UInt8] = []
            PacketEncoder.appendAckHead(
                id, attachments: arguments.attachments.count, namespace: namespace, to: &packet)
            packet.append(contentsOf: arguments.json)
            packet.append(UInt8(ascii: "]"))
            return PreparedMessage(textPacket: packet.span, attachments: arguments.attachments)
        }
        let json = [UInt8(ascii: "[")] + arguments.json + [UInt8(ascii: "]")]
        let packet = ParserPacket(
            kind: .ack, namespace: namespace, id: id, json: json, attachments: arguments.attachments)
        return PreparedMessage(parser.encode(packet))
    }

    /// A packet that is neither.
    func packet(_ kind: PacketKind, namespace: String, json: String = "") -> PreparedMessage {
        guard let parser else {
            return PreparedMessage(
                textPacket: PacketEncoder.packet(kind, namespace: namespace, json: json).span)
        }
        let packet = ParserPacket(
            kind: kind, namespace: namespace, id: nil, json: Array(json.utf8), attachments: [])
        return PreparedMessage(parser.encode(packet))
    }

    /// The same with a value. The default parser has no attachments for it.
    func packet(_ kind: PacketKind, namespace: String, value: JSONValue) -> PreparedMessage {
        guard let parser else {
            return packet(kind, namespace: namespace, json: value.withBuffersAsJSON.description)
        }
        // There is no dynamic value that cannot be encoded.
        let encoded = (try? EncodedArguments(value)) ?? EncodedArguments()
        let packet = ParserPacket(
            kind: kind, namespace: namespace, json: encoded.json, attachments: encoded.attachments)
        return PreparedMessage(parser.encode(packet))
    }
}
