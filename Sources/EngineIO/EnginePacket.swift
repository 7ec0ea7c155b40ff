internal import EngineWire

/// The packet types of Engine.IO protocol 4, as the character that begins a packet.
enum PacketType: UInt8 {
    case open = 0x30  // "0"
    case close = 0x31
    case ping = 0x32
    case pong = 0x33
    case message = 0x34
    case upgrade = 0x35
    case noop = 0x36
}

/// What arrives in one packet. Payloads stay where they are.
enum PacketKind: Equatable {
    case open, close, pong, upgrade, noop
    /// A ping; `isProbe` when its payload is `probe`.
    case ping(isProbe: Bool)
    case text
    case binary
    case unknown

    /// As Node's log names it.
    var name: String {
        switch self {
        case .open: "open"
        case .close: "close"
        case .ping: "ping"
        case .pong: "pong"
        case .upgrade: "upgrade"
        case .noop: "noop"
        case .text, .binary: "message"
        case .unknown: "error"
        }
    }

    /// The kind of a text packet.
    init(text packet: Span<UInt8>) {
        guard !packet.isEmpty, let type = PacketType(rawValue: packet[0]) else {
            self = .unknown
            return
        }
        self =
            switch type {
            case .open: .open
            case .close: .close
            case .ping: .ping(isProbe: packet.equals("2probe"))
            case .pong: .pong
            case .message: .text
            case .upgrade: .upgrade
            case .noop: .noop
            }
    }
}

/// The payload of a polling request or response: packets with a record separator between them.
enum PollingPayload {
    static let separator: UInt8 = 0x1E
    /// Begins a binary message in base64.
    static let binaryPrefix = UInt8(ascii: "b")

    /// The range of the packet that begins at `start`, up to the next separator.
    static func packet(in body: Span<UInt8>, from start: Int) -> Range<Int> {
        start..<(body.firstIndex(of: separator, from: start) ?? body.count)
    }
}
