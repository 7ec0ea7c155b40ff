/// Why a session ended, in the words of the Node implementation.
public enum CloseReason: String, Sendable, Hashable, CaseIterable {
    /// The peer broke the protocol on its transport, or cannot keep up.
    case transportError = "transport error"
    /// The client closed, or its connection was lost.
    case transportClose = "transport close"
    /// The server closed.
    case forcedClose = "forced close"
    /// The client did not answer a ping in time.
    case pingTimeout = "ping timeout"
    /// A packet could not be read.
    case parseError = "parse error"
}
