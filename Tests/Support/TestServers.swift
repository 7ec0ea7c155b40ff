package import EngineIO
package import EngineNet
package import SocketIO
import Synchronization

/// Gives `test` an Engine.IO server on a port of its own, and closes it afterwards.
/// - Parameters:
///   - routes: what the server answers beside its own path.
///   - tls: what its port speaks; clients of the test connect within `TLSTestSettings.$current.withValue`.
///   - onConnection: what the server does with a session; unless given it sends every message back.
package func withEngineServer(
    _ options: EngineOptions = .test(), routes: HTTPRoutes = HTTPRoutes(), tls: TLSContext? = nil,
    onConnection: @escaping @Sendable (Session) -> Void = { session in
        session.onMessage { session.send($0) }
    },
    test: (EngineServer, Int) async throws -> Void
) async throws {
    try await run(EngineServer(options: options, onConnection: onConnection)) { server in
        server.serve(routes)
        try await test(server, try server.listen(host: "127.0.0.1", port: 0, tls: tls).port)
    }
}

/// The same for a server that is prepared before it listens, with middlewares and hooks. It sends every message back.
package func withPreparedServer(
    _ options: EngineOptions = .test(), prepare: (EngineServer) -> Void,
    test: (EngineServer, Int) async throws -> Void
) async throws {
    let echo: @Sendable (Session) -> Void = { session in session.onMessage { session.send($0) } }
    try await run(EngineServer(options: options, onConnection: echo)) { server in
        prepare(server)
        try await test(server, try server.listen(host: "127.0.0.1", port: 0).port)
    }
}

/// Gives `test` a server whose sessions are read from `EngineServer.sessions`, on a port of its own, and closes it
/// afterwards.
package func withSequenceServer(
    _ options: EngineOptions = .test(), test: (EngineServer, Int) async throws -> Void
) async throws {
    try await run(EngineServer(options: options)) { server in
        try await test(server, try server.listen(host: "127.0.0.1", port: 0).port)
    }
}

private func run(
    _ makeServer: @autoclosure () -> EngineServer, _ test: (EngineServer) async throws -> Void
) async throws {
    try await withServerPlace {
        let server = makeServer()
        let result = await Result { try await test(server) }
        if !server.wasClosedByTest() { await server.close(grace: .zero) }
        try result.get()
    }
}

/// Gives `test` a Socket.IO server on a port of its own, and closes it afterwards.
/// - Parameters:
///   - tls: what its port speaks; clients of the test connect within `TLSTestSettings.$current.withValue`.
///   - setUp: runs before the server listens: handlers, namespaces, middlewares.
package func withSocketServer(
    _ options: SocketOptions = .test(), tls: TLSContext? = nil, setUp: (SocketServer) -> Void = { _ in },
    test: (SocketServer, Int) async throws -> Void
) async throws {
    try await withLocalServer(options, setUp: setUp) { server in
        let address = try server.listen(host: "127.0.0.1", port: 0, tls: tls)
        try await test(server, address.port)
    }
}

/// Gives `test` a Socket.IO server that does not listen, for clients in this process, and closes it afterwards.
/// - Parameter setUp: handlers, namespaces, middlewares.
package func withLocalServer(
    _ options: SocketOptions = .test(), setUp: (SocketServer) -> Void = { _ in },
    test: (SocketServer) async throws -> Void
) async throws {
    try await withServerPlace {
        let server = SocketServer(options: options)
        setUp(server)
        let result = await Result { try await test(server) }
        if !server.engine.wasClosedByTest() { await server.close(grace: .zero) }
        try result.get()
    }
}

/// Servers that a test has closed itself.
private let closedServers = Mutex<Set<ObjectIdentifier>>([])

extension EngineServer {
    /// Whether the test has closed the server. To be asked once: the next server may have the same address.
    fileprivate func wasClosedByTest() -> Bool {
        closedServers.withLock { $0.remove(ObjectIdentifier(self)) != nil }
    }

    /// Closes the server as a part of the test.
    package func closeInTest(grace: Duration = .seconds(5)) async {
        closedServers.withLock { _ = $0.insert(ObjectIdentifier(self)) }
        await close(grace: grace)
    }

    /// Waits until everything has been handled that reached the server's sockets before. Each round trip
    /// through the loops takes their next turn; a few are enough to accept, read, and pass to another loop.
    package func settle() async {
        for _ in 0..<6 { _ = await sessionCount() }
    }
}

extension SocketServer {
    /// Closes the server as a part of the test.
    package func closeInTest(grace: Duration = .seconds(5)) async {
        closedServers.withLock { _ = $0.insert(ObjectIdentifier(engine)) }
        await close(grace: grace)
    }
}

extension EngineOptions {
    /// The defaults, with few loops, and without pings that only a machine sees which is held up for long.
    package static func test(loops: Int = 1, _ change: (inout EngineOptions) -> Void = { _ in })
        -> EngineOptions
    {
        var options = EngineOptions()
        options.loops = loops
        options.pingInterval = .seconds(300)
        change(&options)
        return options
    }
}

extension SocketOptions {
    /// The same for Socket.IO.
    package static func test(loops: Int = 1, _ change: (inout SocketOptions) -> Void = { _ in })
        -> SocketOptions
    {
        var options = SocketOptions()
        options.engine.loops = loops
        options.engine.pingInterval = EngineOptions.test().pingInterval
        change(&options)
        return options
    }
}
