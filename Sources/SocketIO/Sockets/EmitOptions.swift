/// How an event is sent.
struct EmitOptions: Sendable {
    /// Not to those who cannot take it at once.
    var isVolatile = false
    /// May be compressed, where compression is on.
    var isCompressed = true
    /// Replaces what waits under the same key for a client that cannot keep up.
    var latestKey: String?
    /// Time for acks; nil for the server's.
    var timeout: Duration?

    /// Whether the event is sent as most are.
    var arePlain: Bool { !isVolatile && isCompressed && latestKey == nil }
}
