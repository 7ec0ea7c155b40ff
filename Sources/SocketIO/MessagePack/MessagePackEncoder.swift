internal import EngineWire

/// Writes packets of `socket.io-msgpack-parser`, each one binary message, with the fields in the order of Node's.
///
/// All of it throws only for what no encoder of ours and no client has made: text that is no JSON, or 4 GiB. How deep
/// the JSON is does not matter: an application may put what it received into values of its own, again and again.
enum MessagePackEncoder {
    /// Most bytes of a packet's JSON, namespace and attachments together: MessagePack has no sizes beyond it.
    static let greatestSize = Int(UInt32.max)

    /// A packet with the JSON of its data, if it has any: `{type, data?, id?, nsp}`, or `{id, type, data, nsp}` for an ack.
    /// The binary types are written as those that they stand for.
    static func packet(
        _ type: PacketKind, namespace: String, id: Int? = nil, json: [UInt8] = [],
        attachments: [[UInt8]] = [], sizeLimit: Int = greatestSize
    ) throws(JSONError) -> [UInt8] {
        let tape: JSONTape? = json.isEmpty ? nil : try JSONTape(json, range: 0..<json.count, depthLimit: .max)
        let size = attachments.reduce(json.count + namespace.utf8.count + 40) { $0 + $1.count }
        guard size <= sizeLimit else { throw JSONError(.tooLong, at: sizeLimit) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        MessagePackWriter.appendMapHead(2 + (tape == nil ? 0 : 1) + (id == nil ? 0 : 1), to: &bytes)
        if type.inOneMessage == .ack { appendID(id, to: &bytes) }
        MessagePackWriter.appendString("type", to: &bytes)
        MessagePackWriter.appendInteger(UInt64(type.inOneMessage.rawValue), to: &bytes)
        if let tape {
            MessagePackWriter.appendString("data", to: &bytes)
            MessagePackWriter.append(tape, attachments: attachments, to: &bytes)
        }
        if type.inOneMessage != .ack { appendID(id, to: &bytes) }
        MessagePackWriter.appendString("nsp", to: &bytes)
        MessagePackWriter.appendString(namespace, to: &bytes)
        return bytes
    }

    private static func appendID(_ id: Int?, to bytes: inout [UInt8]) {
        guard let id else { return }
        MessagePackWriter.appendString("id", to: &bytes)
        MessagePackWriter.appendInteger(Int64(id), to: &bytes)
    }
}

extension PacketKind {
    /// The type where binary values need no messages of their own.
    fileprivate var inOneMessage: PacketKind {
        switch self {
        case .binaryEvent: .event
        case .binaryAck: .ack
        case .connect, .disconnect, .event, .ack, .connectError: self
        }
    }
}
