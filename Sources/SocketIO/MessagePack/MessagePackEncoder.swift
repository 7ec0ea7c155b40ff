internal import EngineWire

/// Writes packets of `socket.io-msgpack-parser`, each one binary message, with the fields in the order of Node's.
///
/// All of it throws only for what cannot have come from our own JSON encoder or from a client: text that is no JSON, or
/// nested as deep as `JSONScanner.greatestDepth` and then put into the array of an event.
enum MessagePackEncoder {
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

    /// A packet with the JSON of its data, if it has any. The binary types are written as those that they stand for.
    static func packet(
        _ type: PacketKind, namespace: String, id: Int? = nil, json: [UInt8] = [],
        attachments: [[UInt8]] = []
    ) throws(JSONError) -> [UInt8] {
        let tape: JSONTape? =
            json.isEmpty
            ? nil
            : try JSONTape(json, range: 0..<json.count, depthLimit: JSONScanner.greatestDepth)
        let size = attachments.reduce(json.count + namespace.utf8.count + 40) { $0 + $1.count }
        guard size <= UInt32.max else { throw JSONError(.tooLong, at: Int(UInt32.max)) }
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
