internal import EngineIO
internal import Synchronization

/// The namespaces of a server. For any thread.
final class NamespaceTable: Sendable {
    private struct State {
        var namespaces: [String: Namespace]
        var parents: [ParentNamespace] = []
        var children = 0
        var newNamespaceHandlers: [@Sendable (Namespace) -> Void] = []
    }

    let context: ServerContext
    /// The one called `/`.
    let root: Namespace
    private let state: Mutex<State>

    init(context: ServerContext) {
        self.context = context
        root = Namespace(name: "/", context: context)
        state = Mutex(State(namespaces: ["/": root]))
        context.whenLeft { [weak self] in self?.left($0) }
    }

    /// All there are now.
    var all: [Namespace] { state.withLock { Array($0.namespaces.values) } }

    /// A namespace of the application's, made if it is new. It is a child of the first parent whose regular expression
    /// or pattern its name matches.
    func namespace(_ name: String) -> Namespace {
        let name = name.hasPrefix("/") ? name : "/" + name
        if let old = state.withLock({ $0.namespaces[name] }) { return old }
        let (parent, captures) = parent(of: name)
        let (namespace, handlers) = state.withLock { state in
            if let old = state.namespaces[name] { return (old, [@Sendable (Namespace) -> Void]()) }
            let new = Namespace(name: name, context: context, parent: parent, captures: captures)
            state.namespaces[name] = new
            parent?.add(new)
            return (new, state.newNamespaceHandlers)
        }
        for handler in handlers { handler(namespace) }
        return namespace
    }

    private func parent(of name: String) -> (ParentNamespace?, captures: [String: String]) {
        for parent in state.withLock({ $0.parents }) {
            if let captures = parent.matcher.match(name) { return (parent, captures) }
        }
        return (nil, [:])
    }

    func add(_ parent: ParentNamespace) { state.withLock { $0.parents.append(parent) } }

    func onNewNamespace(_ handler: @escaping @Sendable (Namespace) -> Void) {
        state.withLock { $0.newNamespaceHandlers.append(handler) }
    }

    // MARK: Clients come and go

    /// Whether a client can enter without anybody being asked.
    var hasParents: Bool { state.withLock { !$0.parents.isEmpty } }

    /// A namespace that is there, entered. Whoever enters must leave.
    func enter(_ name: String) -> Namespace? {
        if name == "/" { return root }
        return state.withLock { state in
            guard let namespace = state.namespaces[name] else { return nil }
            if namespace.isOnDemand { namespace.population.withLock { $0 += 1 } }
            return namespace
        }
    }

    /// A namespace whose name one of the parents matches, made for its first client, and entered.
    /// - Throws: `ConnectionRefused`, and what a predicate throws.
    func enterChild(_ name: String, auth: PacketObject) async throws -> Namespace {
        for parent in state.withLock({ $0.parents }) {
            guard let captures = try await parent.matcher.match(name, auth: auth) else { continue }
            return try child(name, of: parent, captures)
        }
        throw ConnectionRefused("Invalid namespace")
    }

    private func child(
        _ name: String, of parent: ParentNamespace, _ captures: [String: String]
    ) throws -> Namespace {
        let (namespace, handlers) = try state.withLock { state in
            var handlers: [@Sendable (Namespace) -> Void] = []
            let namespace: Namespace
            if let old = state.namespaces[name] {
                namespace = old
            } else {
                guard state.children < context.options.maxChildNamespaces else {
                    throw ConnectionRefused("too many namespaces")
                }
                namespace = Namespace(
                    name: name, context: context, parent: parent, captures: captures, isOnDemand: true)
                state.namespaces[name] = namespace
                state.children += 1
                parent.add(namespace)
                handlers = state.newNamespaceHandlers
            }
            if namespace.isOnDemand { namespace.population.withLock { $0 += 1 } }
            return (namespace, handlers)
        }
        for handler in handlers { handler(namespace) }
        return namespace
    }

    /// One who entered a child has left it.
    private func left(_ namespace: Namespace) {
        let isGone = state.withLock { state in
            let population = namespace.population.withLock { population in
                population -= 1
                return population
            }
            guard population == 0, context.options.removesEmptyChildNamespaces,
                state.namespaces[namespace.name] === namespace
            else { return false }
            state.namespaces[namespace.name] = nil
            state.children -= 1
            namespace.parent?.remove(namespace)
            return true
        }
        if isGone { namespace.cluster?.close() }
    }
}
