internal import CTLS
public import EngineWire

/// One request's claim to an answer.
public final class HTTPExchange: @unchecked Sendable {
    // Proof of sendability: all state belongs to `loop`; `respond`, the only method for other threads, hops.

    /// The loop of the connection.
    package let loop: EventLoop
    let method: HTTPMethod
    let keepsConnection: Bool
    private var connection: HTTPConnection?
    /// Called once if the client goes away before it has its answer.
    private var lost: (() -> Void)?
    /// The client's address and port.
    package let peer: SocketAddress

    init(_ connection: HTTPConnection, _ request: HTTPRequest, loop: EventLoop) {
        self.connection = connection
        self.loop = loop
        method = request.method
        keepsConnection = request.keepsConnection
        peer = connection.peer
    }

    /// Answers. From any thread; only the first answer counts.
    public func respond(_ response: HTTPResponse) {
        guard loop.isCurrent else { return loop.execute { self.respond(response) } }
        finish()?.respond(response, to: self)
    }

    /// Whether the client still waits.
    package var isWaiting: Bool { connection != nil }

    /// What to do if the client goes away before it has its answer. On the loop.
    package func whenLost(_ action: @escaping () -> Void) { lost = action }

    /// Answers with bytes that are a whole response and closes the connection behind them. On the loop.
    package func respondAndClose(_ bytes: [UInt8]) { finish()?.respondAndClose(bytes, to: self) }

    /// Closes the connection without an answer. On the loop.
    package func abort() {
        let connection = connection
        _ = finish()
        connection?.abort(self)
    }

    /// Serves the request anew on another loop, with its connection. On the loop.
    package func move(_ request: HTTPRequest, to loop: EventLoop) {
        finish()?.move(request, to: loop, for: self)
    }

    /// Opens the WebSocket that the request asks for. On the loop.
    /// - Parameter fields: more header fields of the answer.
    /// - Returns: nil if the client has gone. Call `start` on it once it has its handler.
    package func openWebSocket(
        _ handshake: WebSocketHandshake, limits: WebSocketLimits, fields: [(name: String, value: String)] = []
    ) -> WebSocketConnection? {
        finish()?.becomeWebSocket(handshake.response(sha1: sha1, fields: fields), limits: limits, for: self)
    }

    func connectionClosed() {
        connection = nil
        exchange(&lost, with: nil)?()
    }

    private func finish() -> HTTPConnection? {
        lost = nil
        return exchange(&connection, with: nil)
    }
}

/// SHA-1 by OpenSSL: RFC 6455 asks for it in the opening handshake, where it need not be secure.
func sha1(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
    unsafe digest.withUnsafeMutableBufferPointer { output in
        _ = unsafe SHA1(bytes, bytes.count, output.baseAddress)
    }
    return digest
}
