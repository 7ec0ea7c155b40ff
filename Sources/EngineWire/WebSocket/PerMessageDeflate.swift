/// How WebSocket messages are compressed, for clients that can (RFC 7692).
///
/// As it stands it costs no memory per connection: every message is compressed for itself, so the connections
/// of a loop share what zlib needs, and a broadcast is compressed once. Keeping the context between messages
/// makes small messages that resemble each other much smaller, at the price that each property names.
public struct PerMessageDeflate: Sendable, Hashable {
    /// Messages below this many bytes are sent as they are: they would hardly get smaller.
    public var threshold = 1_024
    /// 1...9, from the fastest to the smallest; 6 is zlib's default.
    public var level = 6 {
        didSet { precondition(1...9 ~= level, "zlib's levels are 1 to 9") }
    }
    /// 1...9: memory for finding repetitions when compressing, 2^(`memoryLevel` + 9) bytes: 128 KiB with 8,
    /// zlib's default, 1 KiB with 1.
    public var memoryLevel = 8 {
        didSet { precondition(1...9 ~= memoryLevel, "zlib's memory levels are 1 to 9") }
    }
    /// 8...15: how far back in what it sent the server refers at most, as a power of two, in bytes. Compressing
    /// takes four times as much memory: 128 KiB with 15, 2 KiB with 8. A client may ask for less and gets it.
    public var serverMaxWindowBits = 15 {
        didSet { precondition(8...15 ~= serverMaxWindowBits, "RFC 7692 windows have 8 to 15 bits") }
    }
    /// 8...15: how far back in what it sent the client may refer, as a power of two, in bytes. Inflating takes as
    /// much memory: 32 KiB with 15, 256 bytes with 8. Clients that cannot be told so, as Firefox, stay
    /// uncompressed below 15.
    public var clientMaxWindowBits = 15 {
        didSet { precondition(8...15 ~= clientMaxWindowBits, "RFC 7692 windows have 8 to 15 bits") }
    }
    /// Whether a message that the server sends may refer to those before it. Costs `deflaterMemory` per
    /// connection, and every broadcast is compressed for each receiver.
    public var serverContextTakeover = false
    /// Whether a message that the client sends may refer to those before it. Costs `inflaterMemory` per
    /// connection.
    public var clientContextTakeover = false

    /// As cheap as compression gets: no memory per connection.
    public init() {}

    /// Bytes for compressing: of each loop, or of each connection with `serverContextTakeover`. 262 KiB by default.
    public var deflaterMemory: Int {
        Deflater.memory(windowBits: serverMaxWindowBits, memoryLevel: memoryLevel)
    }

    /// Bytes for inflating: of each loop, or of each connection with `clientContextTakeover`. 39 KiB by default.
    public var inflaterMemory: Int { Inflater.memory(windowBits: clientMaxWindowBits) }

    /// Bytes that each connection costs, beyond what loops share: 0 by default.
    public var memoryPerConnection: Int {
        (serverContextTakeover ? deflaterMemory : 0) + (clientContextTakeover ? inflaterMemory : 0)
    }
}

/// What a client and the server agreed upon (RFC 7692 section 7.1).
package struct DeflateAgreement: Sendable, Hashable {
    /// Whether the server's messages may refer to earlier ones.
    package var serverContextTakeover: Bool
    /// Whether the client's may.
    package var clientContextTakeover: Bool
    /// 8...15; what the server sends must be readable with this window.
    package var serverMaxWindowBits: Int { Int(serverBits) }
    /// 8...15; what the client sends is readable with this window.
    package var clientMaxWindowBits: Int { Int(clientBits) }
    private var serverBits: UInt8
    private var clientBits: UInt8

    package init(
        serverContextTakeover: Bool = false, clientContextTakeover: Bool = false,
        serverMaxWindowBits: Int = 15,
        clientMaxWindowBits: Int = 15
    ) {
        self.serverContextTakeover = serverContextTakeover
        self.clientContextTakeover = clientContextTakeover
        serverBits = UInt8(serverMaxWindowBits)
        clientBits = UInt8(clientMaxWindowBits)
    }

    /// Whether the client can read a message that was compressed for itself with this window, as one compressed
    /// once for many is. Not with a context of its own: its inflater would lack what it is referred to next.
    package func takesShared(windowBits: Int) -> Bool {
        !serverContextTakeover && windowBits <= serverMaxWindowBits
    }
}
