internal import Synchronization

/// Namespaces that are made when the first client asks for them, because their names match: what is set up here holds
/// for all of them, and what is sent from here goes to all of them.
///
/// From any thread.
public final class ParentNamespace: Sendable {
    private struct State {
        var middlewares: [Namespace.Middleware] = []
        var connectionHandlers: [@Sendable (Socket) -> Void] = []
        var children: [String: Namespace] = [:]
    }

    let matcher: NamespaceMatcher
    private let state = Mutex(State())

    init(_ matcher: NamespaceMatcher) { self.matcher = matcher }

    /// Calls back for each socket that connects to one of the namespaces, on the socket's loop.
    /// - Parameter handler: adds the socket's handlers; must not block.
    public func onConnection(_ handler: @escaping @Sendable (Socket) -> Void) {
        state.withLock { $0.connectionHandlers.append(handler) }
    }

    /// Adds a check that sockets of all the namespaces must pass, before those of their namespace itself.
    /// - Parameter middleware: throws `ConnectionRefused` to keep the socket out.
    public func use(_ middleware: @escaping Namespace.Middleware) {
        state.withLock { $0.middlewares.append(middleware) }
    }

    /// The namespaces that there are now, by their names.
    public var children: [String: Namespace] { state.withLock { $0.children } }

    var middlewares: [Namespace.Middleware] { state.withLock { $0.middlewares } }
    var connectionHandlers: [@Sendable (Socket) -> Void] { state.withLock { $0.connectionHandlers } }

    func add(_ child: Namespace) { state.withLock { $0.children[child.name] = child } }
    func remove(_ child: Namespace) { state.withLock { $0.children[child.name] = nil } }
}

extension ParentNamespace: BroadcastSource {
    /// Everyone in all the namespaces.
    public var everyone: Broadcast { Broadcast(audience: .children(self)) }
}
