internal import EngineIO
internal import Synchronization

/// What a server's clients share. For any thread.
final class ServerCore: Sendable {
    let options: SocketOptions
    let packetLimits: SocketPacket.Limits
    let root: Namespace
    private let namespaces: Mutex<[String: Namespace]>
    private let loops: [LoopHandle]
    private let errorHandler = Mutex<(@Sendable (any Error, String, Socket) -> Void)?>(nil)
    private let clients: [ClientTable]

    /// The clients of one loop.
    private final class ClientTable: @unchecked Sendable {
        // Proof of sendability: touched on its loop only.
        var open: [ObjectIdentifier: Client] = [:]
    }

    init(options: SocketOptions, loops: [LoopHandle]) {
        self.options = options
        self.loops = loops
        packetLimits = SocketPacket.Limits(attachments: options.maxAttachments)
        let root = Namespace(name: "/", loops: loops)
        self.root = root
        namespaces = Mutex(["/": root])
        clients = loops.map { _ in ClientTable() }
    }

    func existingNamespace(_ name: String) -> Namespace? {
        name == "/" ? root : namespaces.withLock { $0[name] }
    }

    func namespace(_ name: String) -> Namespace {
        let name = name.hasPrefix("/") ? name : "/" + name
        return namespaces.withLock { namespaces in
            if let old = namespaces[name] { return old }
            let new = Namespace(name: name, loops: loops)
            namespaces[name] = new
            return new
        }
    }

    func accept(_ session: Session) -> Client {
        let client = Client(session, server: self)
        clients[session.engine.index].open[ObjectIdentifier(client)] = client
        return client
    }

    func clientClosed(_ client: Client) {
        clients[client.session.engine.index].open[ObjectIdentifier(client)] = nil
    }

    /// Tells all clients that the server goes.
    func close() {
        for (loop, table) in zip(loops, clients) {
            loop.run { for client in Array(table.open.values) { client.serverCloses() } }
        }
    }

    func setErrorHandler(_ handler: @escaping @Sendable (any Error, String, Socket) -> Void) {
        errorHandler.withLock { $0 = handler }
    }

    func handlerFailed(_ error: any Error, event: Event, socket: Socket) {
        errorHandler.withLock { $0 }?(error, event.name, socket)
    }
}

extension Client {
    var maxRoomsPerSocket: Int { core.options.maxRoomsPerSocket }
    var maxPendingAcks: Int { core.options.maxPendingAcks }
    func handlerFailed(_ error: any Error, event: Event, socket: Socket) {
        core.handlerFailed(error, event: event, socket: socket)
    }
}
