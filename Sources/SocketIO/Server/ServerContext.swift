internal import EngineIO
internal import Synchronization

/// What all parts of a server share, whatever its namespaces. For any thread.
final class ServerContext: Sendable {
    let options: SocketOptions
    let packetLimits: SocketPacket.Limits
    let writer: PacketWriter
    let loops: [LoopHandle]
    private let errorHandler = Mutex<(@Sendable (any Error, ErrorContext) -> Void)?>(nil)
    /// Who is told that a socket left; set once, by the table of namespaces.
    private let leaving = Mutex<(@Sendable (Namespace) -> Void)?>(nil)

    init(options: SocketOptions, loops: [LoopHandle]) {
        self.options = options
        self.loops = loops
        writer = PacketWriter(parser: options.parser)
        packetLimits = SocketPacket.Limits(attachments: options.maxAttachments)
    }

    func setErrorHandler(_ handler: @escaping @Sendable (any Error, ErrorContext) -> Void) {
        errorHandler.withLock { $0 = handler }
    }

    /// Tells the application of an error that it made. From any thread.
    func failed(_ error: any Error, event: String, namespace: String, socket: Socket? = nil) {
        let handler = errorHandler.withLock { $0 }
        handler?(error, ErrorContext(namespace: namespace, event: event, socket: socket))
    }

    /// The same, where a socket was meant.
    func failed(_ error: any Error, event: String, socket: Socket) {
        failed(error, event: event, namespace: socket.namespace.name, socket: socket)
    }

    func whenLeft(_ action: @escaping @Sendable (Namespace) -> Void) { leaving.withLock { $0 = action } }

    /// A socket that entered a namespace is gone.
    func left(_ namespace: Namespace) {
        guard namespace.isOnDemand else { return }
        leaving.withLock { $0 }?(namespace)
    }
}
