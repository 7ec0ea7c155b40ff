public import EngineIO

/// Everything about a Socket.IO server that can be chosen. The defaults are those of Node's `socket.io`, where it
/// has one.
public struct SocketOptions: Sendable {
    /// The engine below; its path is `/socket.io`.
    public var engine: EngineOptions
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

    public init() {
        engine = EngineOptions()
        engine.path = "/socket.io"
    }
}
