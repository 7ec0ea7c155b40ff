/// How clients that lost their connection may come back as if nothing had happened: with their id, rooms and state, and
/// with every event that was sent to them meanwhile.
///
/// All of it is kept in memory: a server that starts again knows nobody.
public struct RecoveryOptions: Sendable {
    /// How long a client may be away.
    public var maxDisconnection = Duration.seconds(120)
    /// Whether a client that comes back passes the namespace's middlewares unseen. Then somebody who was locked out
    /// meanwhile comes back, too.
    public var skipsMiddlewares = false
    /// Bytes of events that each loop keeps for each namespace; beyond it the oldest go, and with them the way back for
    /// clients that have not got them. Events that are volatile are not kept, and of those that are sent as `latest`
    /// the newest of each key only.
    public var maxBytes = 16_777_216
    /// Clients away that each loop keeps for each namespace; beyond it the first to leave are forgotten.
    public var maxClients = 10_000

    /// Node's two minutes, with bounds on memory.
    public init() {}
}
