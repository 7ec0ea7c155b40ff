/// Why a client in this process is disconnected, in the words of `socket.io-client`.
///
/// What the server made of it, a handler of `Socket.onDisconnect` hears.
public enum ClientDisconnectReason: String, Sendable, Hashable {
    /// The server called `disconnect()`.
    case serverDisconnect = "io server disconnect"
    /// The test called `disconnect()`.
    case clientDisconnect = "io client disconnect"
    /// The server closed the connection, or the test lost it.
    case transportClose = "transport close"
    /// The test lost the connection, and the server heard nothing for too long.
    case pingTimeout = "ping timeout"
    /// The test lost the connection with an error.
    case transportError = "transport error"
    /// The server sent what cannot be read, or the test lost the connection over something like that.
    case parseError = "parse error"
    /// The test called `close()`.
    case forcedClose = "forced close"
}

/// What a test waited for in vain.
public enum InProcessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No such event came in time: its name, or nil for any; and the names of those that came and were not asked for.
    case noEvent(String?, unread: [String])
    /// The server did not answer in time: the event's name, or `connect`.
    case noAnswer(String)
    /// The client is not connected; `details` are the server's reason, where the end came from there.
    case disconnected(ClientDisconnectReason, details: String?)
    /// The client was still connected in the end.
    case stillConnected
    /// The connection has a client in this namespace already.
    case alreadyJoined(String)

    /// What happened, in words.
    public var description: String {
        switch self {
        case .noEvent(let name, let unread):
            "no event \(name.map { "\"\($0)\"" } ?? "at all") came in time; "
                + (unread.isEmpty ? "nothing else did" : "what did: \(unread.joined(separator: ", "))")
        case .noAnswer(let name): "the server did not answer \"\(name)\" in time"
        case .disconnected(let reason, let details):
            "the client is disconnected: \(reason.rawValue)\(details.map { " (\($0))" } ?? "")"
        case .stillConnected: "the client was not disconnected in time"
        case .alreadyJoined(let name): "the connection has a client in \(name) already"
        }
    }
}
