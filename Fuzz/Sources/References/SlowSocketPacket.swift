@testable import SocketIO

/// A second reader of Socket.IO packets (protocol version 5), written for comparison.
struct SlowSocketPacket: Equatable {
    private var type: PacketKind
    private var attachments = 0
    private var namespace: [UInt8]?
    private var id: Int?
    private var data: [UInt8] = []
    /// The elements of an event's or ack's array, as we write them.
    private var elements: [String] = []

    /// What our reader made of a text.
    init(_ packet: SocketPacket, _ text: [UInt8]) {
        type = packet.type
        attachments = packet.attachmentCount
        namespace = packet.namespace.map { Array(text[$0]) }
        id = packet.id
        data = Array(text[packet.data])
        elements = (0..<packet.elements.count).map { Self.written(Array(text[packet.elements[$0]])) }
    }

    private init(_ type: PacketKind) { self.type = type }

    /// Nil for what breaks the protocol.
    static func read(_ text: [UInt8], _ limits: SocketPacket.Limits) -> SlowSocketPacket? {
        var rest = text[...]
        guard let digit = rest.popFirst(), let type = PacketKind(rawValue: digit &- 48) else {
            return nil
        }
        var packet = SlowSocketPacket(type)
        if type == .binaryEvent || type == .binaryAck {
            guard let count = takeNumber(&rest), count <= limits.attachments,
                rest.popFirst() == UInt8(ascii: "-")
            else {
                return nil
            }
            packet.attachments = count
        }
        if rest.first == UInt8(ascii: "/") {
            let name = Array(rest.prefix { $0 != UInt8(ascii: ",") })
            packet.namespace = name.count > 1 ? name : nil
            rest = rest.dropFirst(name.count + 1)
        }
        if let next = rest.first, 48...57 ~= next {
            guard let id = takeNumber(&rest) else { return nil }
            packet.id = id
        }
        packet.data = Array(rest)
        return packet.takesData() ? packet : nil
    }

    private mutating func takesData() -> Bool {
        let value = SlowJSON.read(data)
        switch type {
        case .disconnect: return data.isEmpty
        case .connect: return data.isEmpty || data.first == UInt8(ascii: "{") && value != nil
        case .connectError:
            return [UInt8(ascii: "{"), UInt8(ascii: "\"")].contains(data.first) && value != nil
        case .ack, .binaryAck:
            guard id != nil, let value = value?.arrayValue else { return false }
            elements = value.map(\.description)
            return true
        case .event, .binaryEvent:
            guard let value = value?.arrayValue, let name = value.first else { return false }
            elements = value.map(\.description)
            let reserved = [
                "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
            ]
            if case .number = name { return true }
            return name.stringValue.map { !reserved.contains($0) } ?? false
        }
    }

    /// One to fifteen digits.
    private static func takeNumber(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix { 48...57 ~= $0 }
        rest = rest.dropFirst(digits.count)
        return digits.count <= 15 ? Int(String(decoding: digits, as: UTF8.self)) : nil
    }

    private static func written(_ json: [UInt8]) -> String { SlowJSON.read(json)?.description ?? "" }
}
