public import EngineIO

/// A packet as a parser reads and writes it.
public struct ParserPacket: Sendable {
    /// What it is. Whether it carries binary shows in `attachments`: the two binary kinds are not used here.
    public var kind: PacketKind
    /// Begins with a slash.
    public var namespace: String
    /// The number of the ack that an event wants, or that this is.
    public var id: Int?
    /// JSON text: an array for events (its first element is the name) and acks, an object or nothing otherwise. The
    /// place of an attachment is `{"_placeholder":true,"num":0}`.
    public var json: [UInt8]
    /// Binary values, in the order of their numbers.
    public var attachments: [[UInt8]]

    /// Makes a packet.
    /// - Parameters:
    ///   - kind: what it is.
    ///   - namespace: begins with a slash.
    ///   - id: the number of an ack.
    ///   - json: an array for events and acks, an object or nothing otherwise.
    ///   - attachments: binary values, in the order of their numbers.
    public init(
        kind: PacketKind, namespace: String, id: Int? = nil, json: [UInt8] = [], attachments: [[UInt8]] = []
    ) {
        self.kind = kind
        self.namespace = namespace
        self.id = id
        self.json = json
        self.attachments = attachments
    }
}

/// Another way to write packets than the default one; clients must use the same (`parser` of `socket.io-client`).
public protocol PacketParser: Sendable {
    /// Writes a packet.
    /// - Parameter packet: well-formed.
    /// - Returns: the messages that carry it, in their order; none if it cannot be written, and then it is not sent.
    func encode(_ packet: ParserPacket) -> [Message]

    /// What reads the packets of one client.
    func makeDecoder() -> any PacketParserDecoder
}

/// Reads the packets of one client.
public protocol PacketParserDecoder {
    /// Takes the next message.
    /// - Parameter message: as it came.
    /// - Returns: a packet when it is whole. The server checks what it means.
    /// - Throws: when the message cannot be read; the connection closes with `parse error`.
    mutating func decode(_ message: Message) throws -> ParserPacket?
}
