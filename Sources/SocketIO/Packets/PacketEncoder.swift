internal import EngineWire

/// Writes packets: an engine message's `4` in front, then the Socket.IO packet.
enum PacketEncoder {
    private static let message = UInt8(ascii: "4")

    /// Appends an event: `42["name",…]`, with attachments `452-["name",…]`.
    /// - Parameter offset: a last argument, by which a client that comes back says what it has.
    static func appendEvent(
        _ name: String, _ arguments: EncodedArguments, namespace: String, id: Int? = nil,
        offset: RecoveryOffset? = nil, to bytes: inout [UInt8]
    ) {
        appendHead(
            arguments.attachments.isEmpty ? .event : .binaryEvent, attachments: arguments.attachments.count,
            namespace: namespace, id: id, to: &bytes)
        bytes.append(UInt8(ascii: "["))
        JSONWriter.appendString(name, to: &bytes)
        if !arguments.json.isEmpty {
            bytes.append(UInt8(ascii: ","))
            bytes.append(contentsOf: arguments.json)
        }
        offset?.append(to: &bytes)
        bytes.append(UInt8(ascii: "]"))
    }

    /// Appends the head of an ack and its opening bracket: `43` and the id.
    static func appendAckHead(_ id: Int, attachments: Int, namespace: String, to bytes: inout [UInt8]) {
        appendHead(
            attachments == 0 ? .ack : .binaryAck, attachments: attachments, namespace: namespace, id: id,
            to: &bytes)
        bytes.append(UInt8(ascii: "["))
    }

    /// A packet of another type, with its JSON if it has any.
    static func packet(_ type: PacketKind, namespace: String, json: String = "") -> [UInt8] {
        var bytes: [UInt8] = []
        appendHead(type, attachments: 0, namespace: namespace, id: nil, to: &bytes)
        bytes.append(contentsOf: json.utf8)
        return bytes
    }

    private static func appendHead(
        _ type: PacketKind, attachments: Int, namespace: String, id: Int?, to bytes: inout [UInt8]
    ) {
        bytes.append(message)
        bytes.append(type.digit)
        if type == .binaryEvent || type == .binaryAck {
            bytes.append(decimal: attachments)
            bytes.append(UInt8(ascii: "-"))
        }
        if namespace != "/" {
            bytes.append(contentsOf: namespace.utf8)
            bytes.append(UInt8(ascii: ","))
        }
        if let id { bytes.append(decimal: id) }
    }
}
