/// Where an error of the application's own occurred.
public struct ErrorContext: Sendable {
    /// The name of the namespace, begins with a slash.
    public let namespace: String
    /// The event's name; `connection` where it was being decided whether a client may join the namespace.
    public let event: String
    /// The socket; nil where none was meant: for a broadcast, and for a namespace that is not there yet.
    public let socket: Socket?
}
