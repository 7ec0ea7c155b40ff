public import EngineWire

/// Runs before the checks of every request of the engine's path, upgrades included.
///
/// It may add fields to the answer, whatever that will be, and may answer itself: nil lets the request go on. What
/// it throws refuses the request with code 3.
public typealias RequestMiddleware =
    @Sendable (_ request: HTTPRequest, _ fields: inout HTTPFields) async throws -> HTTPResponse?

/// Changes the header fields of an answer. Runs on the loop; must not block it.
public typealias HeadersHook = @Sendable (_ fields: inout HTTPFields, _ request: HTTPRequest) -> Void

/// What the application has the engine call; one copy for each loop.
struct EngineHooks {
    var middlewares: [RequestMiddleware] = []
    var initialHeaders: [HeadersHook] = []
    var headers: [HeadersHook] = []
    var connectionError: [@Sendable (ConnectionError, HTTPRequest) -> Void] = []

    var changeHeaders: Bool { !headers.isEmpty || !initialHeaders.isEmpty }

    /// Adds to an answer of the engine what the hooks want there.
    func addFields(to exchange: HTTPExchange, for request: HTTPRequest, isInitial: Bool) {
        if isInitial { for hook in initialHeaders { hook(&exchange.fields, request) } }
        for hook in headers { hook(&exchange.fields, request) }
    }
}

extension EngineServer {
    /// Adds a middleware behind those there are. Call before `listen`.
    public func use(_ middleware: @escaping RequestMiddleware) {
        onEachLoop { $0.hooks.middlewares.append(middleware) }
    }

    /// Calls back for the fields of each session's first answer: the polling handshake, or the WebSocket's. Call
    /// before `listen`.
    public func onInitialHeaders(_ hook: @escaping HeadersHook) {
        onEachLoop { $0.hooks.initialHeaders.append(hook) }
    }

    /// Calls back for the fields of each answer to a session's request that succeeds. Call before `listen`.
    public func onHeaders(_ hook: @escaping HeadersHook) { onEachLoop { $0.hooks.headers.append(hook) } }

    /// Calls back for each request that is refused, on a loop. Call before `listen`.
    public func onConnectionError(_ action: @escaping @Sendable (ConnectionError, HTTPRequest) -> Void) {
        onEachLoop { $0.hooks.connectionError.append(action) }
    }
}
