internal import CTLS
package import EngineWire

/// One request's claim to an answer.
package final class HTTPExchange: @unchecked Sendable {
    // Proof of sendability: all state belongs to `loop`; `respond`, the only method for other threads, hops.

    /// How a client lost its claim.
    package enum Loss: Equatable {
        /// The connection ended.
        case disconnected
        /// The body broke HTTP or its limit, and the client was told so with this status.
        case refused(status: Int)
    }

    /// The loop of the connection.
    package let loop: EventLoop
    let method: HTTPMethod
    let keepsConnection: Bool
    private var connection: HTTPConnection?
    /// What carries the answer.
    private var carrier: TCPConnection?
    private var lost: ((Loss) -> Void)?
    private var whole: ((HTTPRequest) -> Void)?
    /// Fields that the answer gets besides its own, whoever makes it. On the loop.
    package var fields = HTTPFields()
    /// Whether a body that is refused is answered with a sentence that says why. On the loop.
    package var explainsRefusals = true
    /// The client's address and port.
    package let peer: SocketAddress
    /// Whether the connection is encrypted up to this server.
    package let isSecure: Bool

    init(_ connection: HTTPConnection, _ request: HTTPRequest, loop: EventLoop) {
        self.connection = connection
        self.loop = loop
        method = request.method
        keepsConnection = request.keepsConnection
        peer = connection.peer
        isSecure = connection.isSecure
    }

    /// Answers. From any thread; only the first answer counts.
    package func respond(_ response: HTTPResponse) {
        guard loop.isCurrent else { return loop.execute { self.respond(response) } }
        finish()?.respond(response, to: self)
    }

    // MARK: On the loop

    /// Where to write what goes wrong while the client waits.
    var debug: DebugLog { connection?.debug ?? .off }

    /// Whether the client still waits.
    package var isWaiting: Bool { connection != nil }

    /// What to do when the request's body is there: at the end of this call for a request without one.
    package func whenWhole(_ action: @escaping (HTTPRequest) -> Void) { whole = action }

    /// Sets how large the body may be, in bytes.
    package func limitBody(to limit: Int) { connection?.limitBody(to: limit) }

    /// Leaves the body unread until `proceed`: the request is not decided yet.
    package func hold() { connection?.hold() }

    package func proceed() { connection?.proceed() }

    /// What to do if the client loses its claim before it has its answer.
    package func whenLost(_ action: @escaping (Loss) -> Void) { lost = action }

    /// Answers with bytes that are a whole response and closes the connection behind them.
    package func respondAndClose(_ bytes: [UInt8]) { finish()?.respondAndClose(bytes, to: self) }

    /// Closes the connection behind the answer that is to come.
    package func closeBehindAnswer() { connection?.closeWhenIdle() }

    /// Serves the request anew on another loop, with its connection. Only before its body is read.
    package func move(to loop: EventLoop) { finish()?.move(to: loop, for: self) }

    /// Opens the WebSocket that the request asks for. Call `start` on it once it has its handler.
    /// - Parameter options: what the answer says besides, and what the WebSocket may cost.
    /// - Returns: nil if the client has gone.
    package func openWebSocket(
        _ handshake: WebSocketHandshake, _ options: WebSocketOptions
    ) -> WebSocketConnection? {
        var options = options
        options.fields.append(contentsOf: fields)
        let response = handshake.response(sha1: sha1, fields: options.fields)
        return finish()?.becomeWebSocket(response, options, for: self)
    }

    /// Bytes that a slow client has taken late, over the connection that carried the answer. Grows while it takes it.
    package var takenCount: Int { carrier?.takenCount ?? 0 }

    // MARK: For the connection

    func becameWhole(_ request: HTTPRequest) { exchange(&whole, with: nil)?(request) }

    func lost(_ loss: Loss) {
        connection = nil
        whole = nil
        exchange(&lost, with: nil)?(loss)
    }

    private func finish() -> HTTPConnection? {
        (lost, whole) = (nil, nil)
        carrier = connection?.tcp
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
