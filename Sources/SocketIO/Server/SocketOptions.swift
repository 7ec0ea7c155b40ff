public import EngineIO

/// Everything about a Socket.IO server that can be chosen. The defaults are those of Node's `socket.io`, where it
/// has one.
public struct SocketOptions: Sendable {
    /// The engine below; its path is `/socket.io`.
    public var engine: EngineOptions
    /// The client's files that the server has for browsers below its path, as with Node's `serveClient`; nil for none.
    public var clientFiles: ClientFiles?
    /// Time for a client to join a namespace before it is closed.
    public var connectTimeout = Duration.seconds(45)
    /// Most binary attachments of one packet.
    public var maxAttachments = 10
    /// Most namespaces that one client may join.
    public var maxNamespacesPerClient = 64
    /// Most rooms that one socket may be in.
    public var maxRoomsPerSocket = 10_000
    /// Most acks of one socket that may be pending.
    public var maxPendingAcks = 10_000
    /// Time for a client to answer an event, where the caller names none.
    public var ackTimeout = Duration.seconds(10)
    /// Most namespaces that clients may bring about by asking for names that match a parent.
    public var maxChildNamespaces = 10_000
    /// Whether a namespace that a client brought about goes when its last socket has left.
    public var removesEmptyChildNamespaces = true
    /// Lets clients come back after a lost connection as if nothing had happened; nil for not.
    public var recovery: RecoveryOptions?
    /// How packets are written, if not as all clients expect that do not set their `parser`.
    public var parser: (any PacketParser)?
    /// The way to the other servers of a cluster; nil for a server that is alone.
    public var adapter: (any Adapter)?

    /// The defaults.
    public init() {
        engine = EngineOptions()
        engine.path = "/socket.io"
    }
}
