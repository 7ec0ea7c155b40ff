internal import EngineIO

/// The clients of a server, loop by loop.
final class ClientTable: Sendable {
    /// The clients of one loop.
    private final class Share: @unchecked Sendable {
        // Proof of sendability: touched on its loop only.
        var open: [ObjectIdentifier: Client] = [:]
    }

    private let context: ServerContext
    private let namespaces: NamespaceTable
    private let shares: [Share]

    init(context: ServerContext, namespaces: NamespaceTable) {
        self.context = context
        self.namespaces = namespaces
        shares = context.loops.map { _ in Share() }
    }

    /// A client connected. On its loop, as `closed`.
    func accept(_ session: Session) -> Client {
        let client = Client(session, context: context, namespaces: namespaces, clients: self)
        shares[session.engine.index].open[ObjectIdentifier(client)] = client
        return client
    }

    func closed(_ client: Client) {
        shares[client.session.engine.index].open[ObjectIdentifier(client)] = nil
    }

    /// Tells all clients that the server goes.
    func close() {
        for (loop, share) in zip(context.loops, shares) {
            loop.run { for client in Array(share.open.values) { client.serverCloses() } }
        }
    }

    /// Sends the clients away one by one, evenly over a time, so that they do not all come back at once.
    func drain(over time: Duration) async {
        for (loop, share) in zip(context.loops, shares) {
            loop.run {
                let clients = Array(share.open.values)
                for (index, client) in clients.enumerated() {
                    let after = time * index / max(1, clients.count)
                    _ = loop.schedule(after: after) { [weak client] in client?.sentAway() }
                }
            }
        }
        // How long the clients take is the only thing to wait for, and it is known.
        try? await Task.sleep(for: time)
    }
}
