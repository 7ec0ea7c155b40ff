internal import EngineWire

/// One connection that speaks HTTP: requests in, one at a time, answers out in their order.
///
/// A pipelined request waits unread until the one before it is answered, so order needs no bookkeeping.
final class HTTPConnection: PausesWhenFull {
    private enum TimerKind { static let idle: UInt8 = 0 }

    private let tcp: TCPConnection
    let peer: SocketAddress
    private let server: HTTPServer
    private let service: any HTTPService
    private var decoder: RequestDecoder
    /// The request in progress.
    private var exchange: HTTPExchange?
    private var idleTimer: TimerID?
    /// What the client had not taken when the idle timer fired last.
    private var lastBacklog = 0
    private var closesAfterResponse = false
    /// A request to be served on another loop, once this turn's bytes are put away.
    private var departure: (request: HTTPRequest, loop: EventLoop)?

    init(_ tcp: TCPConnection, peer: SocketAddress, server: HTTPServer, service: any HTTPService) {
        self.tcp = tcp
        self.peer = peer
        self.server = server
        self.service = service
        decoder = RequestDecoder(limits: server.options.limits)
    }

    /// Begins to read, or first serves a request that another loop read.
    func start(serving request: HTTPRequest?, unread: [UInt8]) {
        if let request {
            let exchange = HTTPExchange(self, request, loop: tcp.loop)
            self.exchange = exchange
            tcp.start(self, unread: unread)
            if tcp.isOpen { service.serve(request, exchange) }
        } else {
            armIdleTimer()
            tcp.start(self, unread: unread)
        }
    }

    // MARK: Requests

    func received(_ bytes: inout MutableSpan<UInt8>) -> Int {
        // A client that does not read its answers gets no more of them.
        guard exchange == nil, departure == nil, !tcp.isBlocked else { return 0 }
        do {
            let (consumed, request) = try decoder.decode(bytes.span)
            if let request {
                cancelIdleTimer()
                let exchange = HTTPExchange(self, request, loop: tcp.loop)
                self.exchange = exchange
                service.serve(request, exchange)
            } else if decoder.owesContinue {
                decoder.owesContinue = false
                tcp.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
            }
            return consumed
        } catch {
            refuse(error)
            return bytes.count
        }
    }

    private func refuse(_ violation: HTTPViolation) {
        let response = HTTPResponse(
            status: violation.status, contentType: "text/plain; charset=utf-8", text: violation.reason + "\n")
        send(response, keepsConnection: false, withoutBody: false)
    }

    // MARK: Answers

    func respond(_ response: HTTPResponse, to exchange: HTTPExchange) {
        guard self.exchange === exchange else { return }
        self.exchange = nil
        send(
            response, keepsConnection: exchange.keepsConnection && !closesAfterResponse,
            withoutBody: exchange.method == .head)
    }

    /// Answers with bytes that are a whole response and closes behind them.
    func respondAndClose(_ bytes: [UInt8], to exchange: HTTPExchange) {
        guard self.exchange === exchange else { return }
        self.exchange = nil
        tcp.write(bytes)
        tcp.closeAfterWrites()
    }

    private func send(_ response: HTTPResponse, keepsConnection: Bool, withoutBody: Bool) {
        var bytes: [UInt8] = []
        response.encode(keepsConnection: keepsConnection, withoutBody: withoutBody, into: &bytes)
        tcp.write(bytes)
        guard keepsConnection else { return tcp.closeAfterWrites() }
        armIdleTimer()
        tcp.processUnread()
    }

    /// Answers the opening handshake; what follows is the WebSocket's.
    func becomeWebSocket(
        _ response: [UInt8], limits: WebSocketLimits, for exchange: HTTPExchange
    ) -> WebSocketConnection? {
        guard self.exchange === exchange, tcp.isOpen else { return nil }
        self.exchange = nil
        server.forget(self, on: tcp.loop)
        tcp.write(response)
        let webSocket = WebSocketConnection(tcp, limits: limits)
        tcp.setHandler(webSocket)
        return webSocket
    }

    func move(_ request: HTTPRequest, to loop: EventLoop, for exchange: HTTPExchange) {
        guard self.exchange === exchange else { return }
        self.exchange = nil
        cancelIdleTimer()
        departure = (request, loop)
        tcp.loop.atTurnEnd(self)
    }

    /// Closes now, or behind the answer in progress.
    func closeWhenIdle() {
        if exchange == nil { tcp.closeAfterWrites() } else { closesAfterResponse = true }
    }

    /// Closes without an answer.
    func abort(_ exchange: HTTPExchange) {
        guard self.exchange === exchange else { return }
        tcp.close()
    }

    // MARK: The end

    func drained() {
        if exchange == nil { armIdleTimer() }
        tcp.processUnread()
    }

    func closed(_ error: NetError?) {
        cancelIdleTimer()
        server.forget(self, on: tcp.loop)
        let lost = EngineWire.exchange(&exchange, with: nil)
        lost?.connectionClosed()
    }

    private func armIdleTimer() {
        cancelIdleTimer()
        guard tcp.isOpen else { return }
        idleTimer = tcp.loop.arm(after: server.options.idleTimeout, self, kind: TimerKind.idle)
    }

    private func cancelIdleTimer() {
        tcp.loop.cancel(idleTimer)
        idleTimer = nil
    }
}

extension HTTPConnection: TurnEndWork {
    func turnEnds() {
        guard let (request, loop) = EngineWire.exchange(&departure, with: nil), tcp.isOpen else { return }
        tcp.loop.flush()
        // A client that does not even read its last answer is not worth a second mechanism.
        guard tcp.isOpen, !tcp.isBlocked else { return tcp.close() }
        server.move(self, tcp, serving: request, to: loop)
    }
}

extension HTTPConnection: TimerTarget {
    func timerFired(_ kind: UInt8) {
        idleTimer = nil
        guard exchange == nil else { return }
        if tcp.isBlocked {
            // Who takes its answer, however slowly, is not idle.
            guard tcp.backlogCount != lastBacklog else { return tcp.close() }
            lastBacklog = tcp.backlogCount
            return armIdleTimer()
        }
        if decoder.isBetweenRequests, !tcp.hasUnread {
            tcp.closeAfterWrites()
        } else {
            refuse(HTTPViolation(status: 408, reason: "the request did not arrive in time"))
        }
    }
}
