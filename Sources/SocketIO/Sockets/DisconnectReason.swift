internal import EngineIO

/// Why a socket was disconnected, in the words of the Node implementation.
public enum DisconnectReason: String, Sendable, Hashable {
    /// The server called `disconnect()`.
    case serverNamespaceDisconnect = "server namespace disconnect"
    /// The client called `disconnect()`.
    case clientNamespaceDisconnect = "client namespace disconnect"
    /// The server closes.
    case serverShuttingDown = "server shutting down"
    /// The client did not answer a ping in time.
    case pingTimeout = "ping timeout"
    /// The client closed, or its connection was lost.
    case transportClose = "transport close"
    /// The client broke the protocol on its transport, or cannot keep up.
    case transportError = "transport error"
    /// A packet could not be read.
    case parseError = "parse error"
    /// The server closed the connection.
    case forcedClose = "forced close"
    /// The client sent a packet at a time when it means nothing, and the server closed the connection.
    case forcedServerClose = "forced server close"

    init(_ reason: CloseReason) {
        self =
            switch reason {
            case .transportError: .transportError
            case .transportClose: .transportClose
            case .forcedClose: .forcedClose
            case .pingTimeout: .pingTimeout
            case .parseError: .parseError
            }
    }
}
