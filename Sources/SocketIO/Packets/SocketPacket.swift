internal import EngineWire

/// The packet types of Socket.IO protocol 5, with their numbers.
public enum PacketKind: UInt8, Sendable {
    /// A client joins a namespace, or is told that it has.
    case connect = 0
    /// One side leaves a namespace.
    case disconnect = 1
    /// An event.
    case event = 2
    /// The answer to an event.
    case ack = 3
    /// A client may not join a namespace.
    case connectError = 4
    /// An event with attachments.
    case binaryEvent = 5
    /// An answer with attachments.
    case binaryAck = 6

    /// The character that begins a packet of this type.
    var digit: UInt8 { rawValue + UInt8(ascii: "0") }
}

/// A packet that breaks the protocol; its sender's connection closes with `parse error`.
enum PacketViolation: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownType
    case illegalAttachments
    case tooManyAttachments
    case illegalID
    case invalidPayload
    case reservedEvent
    case textInsideBinary
    case unexpectedBinary
    case malformedMessagePack
    case illegalNamespace

    var description: String {
        switch self {
        case .unknownType: "unknown packet type"
        case .illegalAttachments: "illegal attachments"
        case .tooManyAttachments: "too many attachments"
        case .illegalID: "illegal ack id"
        case .invalidPayload: "invalid payload"
        case .reservedEvent: "a reserved event name"
        case .textInsideBinary: "a text packet while attachments are missing"
        case .unexpectedBinary: "an attachment without a packet"
        case .malformedMessagePack: "malformed MessagePack"
        case .illegalNamespace: "illegal namespace"
        }
    }
}

/// A packet's text, taken apart: `<type>[<attachments>-][<namespace>,][<ack id>][json]`. Ranges are of the text.
struct SocketPacket: Sendable {
    /// Bounds of one packet.
    struct Limits: Sendable {
        var attachments: Int
    }

    /// Names that clients may not send as events: they mean something on the other side.
    private static let reservedEvents: [StaticString] = [
        "\"connect\"", "\"connect_error\"", "\"disconnect\"", "\"disconnecting\"", "\"newListener\"",
        "\"removeListener\"",
    ]

    var type: PacketKind
    var attachmentCount = 0
    /// Nil for the main namespace `/`.
    var namespace: Range<Int>?
    var id: Int?
    /// The JSON behind the head; empty when there is none.
    var data: Range<Int>
    /// The elements of `data` in events and acks; an event's first is its name.
    var elements = ArgumentRanges()

    /// Reads and checks a packet.
    init(_ text: Span<UInt8>, limits: Limits) throws(PacketViolation) {
        guard !text.isEmpty, let type = PacketKind(rawValue: text[0] &- UInt8(ascii: "0")) else {
            throw .unknownType
        }
        self.type = type
        data = text.count..<text.count
        var at = 1
        if type == .binaryEvent || type == .binaryAck {
            guard let (count, end) = Self.number(text, from: at), end < text.count,
                text[end] == UInt8(ascii: "-")
            else { throw .illegalAttachments }
            guard count <= limits.attachments else { throw .tooManyAttachments }
            attachmentCount = count
            at = end + 1
        }
        if at < text.count, text[at] == UInt8(ascii: "/") {
            var end = at
            while end < text.count, text[end] != UInt8(ascii: ",") { end += 1 }
            if end - at > 1 { namespace = at..<end }
            at = min(end + 1, text.count)
        }
        if at < text.count, ASCII.isDigit(text[at]) {
            guard let (id, end) = Self.number(text, from: at) else { throw .illegalID }
            self.id = id
            at = end
        }
        data = at..<text.count
        try checkData(text)
    }

    /// Checks what another parser has read; ranges are of its JSON.
    init(_ packet: ParserPacket, limits: Limits) throws(PacketViolation) {
        type = packet.kind
        guard type != .binaryEvent, type != .binaryAck else { throw .unknownType }
        guard packet.attachments.count <= limits.attachments else { throw .tooManyAttachments }
        attachmentCount = packet.attachments.count
        id = packet.id
        data = 0..<packet.json.count
        try checkData(packet.json.span)
        guard attachmentCount > 0 else { return }
        let whole = AssembledPacket(packet: self, text: packet.json, attachments: packet.attachments)
        guard Placeholders.areValid(whole) else { throw .illegalAttachments }
    }

    private mutating func checkData(_ text: Span<UInt8>) throws(PacketViolation) {
        switch type {
        case .event, .binaryEvent, .ack, .binaryAck:
            do { elements = try JSONScanner.scanArray(text, from: data.lowerBound) } catch {
                throw .invalidPayload
            }
            if type == .event || type == .binaryEvent {
                guard elements.count > 0 else { throw .invalidPayload }
                try Self.checkName(text, at: elements[0])
            } else if id == nil {
                throw .illegalID
            }
        case .connect:
            guard !data.isEmpty else { return }
            guard text[data.lowerBound] == UInt8(ascii: "{") else { throw .invalidPayload }
            try validateValue(text)
        case .disconnect:
            guard data.isEmpty else { throw .invalidPayload }
        case .connectError:
            guard !data.isEmpty,
                text[data.lowerBound] == UInt8(ascii: "{") || text[data.lowerBound] == UInt8(ascii: "\"")
            else { throw .invalidPayload }
            try validateValue(text)
        }
    }

    private func validateValue(_ text: Span<UInt8>) throws(PacketViolation) {
        do { try JSONScanner.validateValue(text, from: data.lowerBound) } catch { throw .invalidPayload }
    }

    /// Checks the first element of an event, its name: a string that is not reserved, or a number.
    static func checkName(_ text: Span<UInt8>, at range: Range<Int>) throws(PacketViolation) {
        let first = text[range.lowerBound]
        if first == UInt8(ascii: "-") || ASCII.isDigit(first) { return }
        guard first == UInt8(ascii: "\"") else { throw .invalidPayload }
        let name = text.extracting(range)
        // An escaped spelling is decoded.
        for i in name.indices where name[i] == UInt8(ascii: "\\") {
            let decoded = JSONScanner.string(in: text, range: range) ?? ""
            guard !reservedEvents.contains(where: { "\"\(decoded)\"" == $0.description }) else {
                throw .reservedEvent
            }
            return
        }
        // All reserved names begin with one of these; most names are done here.
        switch name[1] {
        case UInt8(ascii: "c"), UInt8(ascii: "d"), UInt8(ascii: "n"), UInt8(ascii: "r"):
            for reserved in reservedEvents where name.equals(reserved) { throw .reservedEvent }
        default: return
        }
    }

    /// The decimal number at `start` and where it ends; nil when there is none or it is beyond all use.
    private static func number(_ text: Span<UInt8>, from start: Int) -> (value: Int, end: Int)? {
        var (value, end) = (0, start)
        while end < text.count, ASCII.isDigit(text[end]) {
            guard end - start < 15 else { return nil }
            value = value * 10 + Int(text[end] - UInt8(ascii: "0"))
            end += 1
        }
        return end > start ? (value, end) : nil
    }
}
