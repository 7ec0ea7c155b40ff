package import EngineNet
package import EngineWire

/// An HTTP server of one loop without Engine.IO on top, for one test.
package final class HTTPTestServer: Sendable {
    private let group = EventLoopGroup(count: 1)
    private let http: HTTPServer
    package let port: Int

    private init(_ options: HTTPServer.Options, _ makeService: @escaping @Sendable () -> any HTTPService)
        throws
    {
        http = HTTPServer(group: group, options: options)
        http.mount(at: nil) { _ in makeService() }
        port = try http.listen(host: "127.0.0.1", port: 0).port
    }

    /// Waits until everything has been read that reached the server's sockets before.
    package func settle() async {
        for loop in group.loops {
            // A turn to be told of the bytes, one to read them, one to answer.
            for _ in 0..<3 { await withCheckedContinuation { next in loop.execute { next.resume() } } }
        }
    }

    /// Opens a WebSocket of the server.
    package func openWebSocket() async throws -> WebSocketTestClient {
        try await WebSocketTestClient.connect(port: port, "/")
    }

    // MARK: What it serves

    /// Gives `test` a server that opens a WebSocket on any path and sends every message back.
    package static func echo(
        limits: WebSocketLimits = WebSocketLimits(), test: (HTTPTestServer) async throws -> Void
    ) async throws {
        try await with(HTTPServer.Options(), { EchoService(limits: limits) }, test: test)
    }

    /// Gives `test` a server that answers every request with 200, and the list of what it served:
    /// method, target and body of each, e.g. `POST /orders buy`.
    package static func recorder(
        _ change: (inout HTTPServer.Options) -> Void = { _ in },
        test: (HTTPTestServer, Journal<String>) async throws -> Void
    ) async throws {
        let served = Journal<String>()
        var options = HTTPServer.Options()
        change(&options)
        try await with(options, { RecorderService(served) }, test: { try await test($0, served) })
    }

    private static func with(
        _ options: HTTPServer.Options, _ makeService: @escaping @Sendable () -> any HTTPService,
        test: (HTTPTestServer) async throws -> Void
    ) async throws {
        try await withServerPlace {
            let server = try HTTPTestServer(options, makeService)
            let result = await Result { try await test(server) }
            server.http.close()
            await Task.detached { server.group.stop() }.value
            try result.get()
        }
    }
}

private final class RecorderService: HTTPService {
    private let served: Journal<String>

    init(_ served: Journal<String>) { self.served = served }

    func serve(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        exchange.whenWhole { [served] request in
            let body = String(decoding: request.body, as: UTF8.self)
            served.append([request.method.name, request.target, body].joined(separator: " "))
            exchange.respond(HTTPResponse(status: 200, contentType: "text/plain", text: request.target))
        }
    }
}

private final class EchoService: HTTPService {
    private final class Handler: WebSocketHandler {
        func received(text: Span<UInt8>, on webSocket: WebSocketConnection) { webSocket.send(.text, text) }
        func received(binary: Span<UInt8>, on webSocket: WebSocketConnection) {
            webSocket.send(.binary, binary)
        }
        func drained(_ webSocket: WebSocketConnection) {}
        func closed(_ webSocket: WebSocketConnection, violation: String?) {}
    }

    private let limits: WebSocketLimits

    init(limits: WebSocketLimits) { self.limits = limits }

    func serve(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        do {
            let handshake = try WebSocketHandshake(request)
            var options = WebSocketOptions()
            options.limits = limits
            exchange.openWebSocket(handshake, options)?.start(Handler())
        } catch {
            exchange.respond(
                HTTPResponse(status: error.status, contentType: "text/plain", text: error.reason))
        }
    }
}
