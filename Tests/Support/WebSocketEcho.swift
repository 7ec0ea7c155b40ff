internal import EngineNet
package import EngineWire

/// A server that opens a WebSocket on any path and sends every message back: RFC 6455 without Engine.IO on top.
package final class WebSocketEcho: Sendable {
    private final class Service: HTTPService {
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

    private final class Handler: WebSocketHandler {
        func received(text: Span<UInt8>, on webSocket: WebSocketConnection) { webSocket.send(.text, text) }
        func received(binary: Span<UInt8>, on webSocket: WebSocketConnection) {
            webSocket.send(.binary, binary)
        }
        func drained(_ webSocket: WebSocketConnection) {}
        func closed(_ webSocket: WebSocketConnection, violation: String?) {}
    }

    private let group = EventLoopGroup(count: 1)
    private let http: HTTPServer
    package let port: Int

    private init(limits: WebSocketLimits) throws {
        http = HTTPServer(group: group)
        http.mount(at: "/") { _ in Service(limits: limits) }
        port = try http.listen(host: "127.0.0.1", port: 0).port
    }

    /// Opens a WebSocket of the server.
    package func open() async throws -> WebSocketTestClient {
        try await WebSocketTestClient.connect(port: port, "/")
    }

    /// Waits until everything has been read that reached the server's sockets before.
    package func settle() async {
        for loop in group.loops {
            // A turn to be told of the bytes, one to read them, one to answer.
            for _ in 0..<3 { await withCheckedContinuation { next in loop.execute { next.resume() } } }
        }
    }

    /// Gives `test` a server of its own, and ends it afterwards.
    package static func with(
        limits: WebSocketLimits = WebSocketLimits(), test: (WebSocketEcho) async throws -> Void
    ) async throws {
        await ServerPlaces.shared.take()
        let result: Result<Void, any Error>
        do {
            let server = try WebSocketEcho(limits: limits)
            do {
                try await test(server)
                result = .success(())
            } catch { result = .failure(error) }
            server.http.close()
            await Task.detached { server.group.stop() }.value
        } catch { result = .failure(error) }
        await ServerPlaces.shared.giveBack()
        try result.get()
    }
}
