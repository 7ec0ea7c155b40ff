internal import EngineWire

/// One connection that speaks HTTP: requests in, one at a time, answers out in their order.
///
/// A pipelined request waits unread until the one before it is answered, so order needs no bookkeeping.
final class HTTPConnection: PausesWhenFull {
    /// What the connection waits for, and the timer that ends the wait.
    private enum Wait {
        static let head: UInt8 = 0
        static let body: UInt8 = 1
        static let nextRequest: UInt8 = 2
    }

    let tcp: TCPConnection
    let peer: SocketAddress
    var isSecure: Bool { tcp.isSecure }
    private let server: HTTPServer
    var debug: DebugLog { server.options.debug }
    private let share: HTTPServer.LoopShare
    @safe @exclusivity(unchecked) private var decoder: RequestDecoder
    /// The request in progress.
    @safe @exclusivity(unchecked) private var exchange: HTTPExchange?
    /// How many decisions the request's body waits for.
    @safe @exclusivity(unchecked) private var holds = 0
    @safe @exclusivity(unchecked) private var isAdvancing = false
    @safe @exclusivity(unchecked) private var timer: TimerID?
    private var awaited = Wait.head
    /// What the client had not taken when the timer fired last.
    private var lastBacklog = 0
    private var closesAfterResponse = false
    /// Whether the client sends no more requests.
    private var endsWithInput = false
    /// Whether the connection is a WebSocket now.
    private var isUpgraded = false
    /// The loop that goes on with the request, once this turn's bytes are put away.
    private var destination: EventLoop?

    init(
        _ tcp: TCPConnection, peer: SocketAddress, server: HTTPServer, share: HTTPServer.LoopShare
    ) {
        self.tcp = tcp
        self.peer = peer
        self.server = server
        self.share = share
        decoder = RequestDecoder(limits: server.options.limits)
    }

    /// Begins to read, or first serves the request that another loop's decoder has begun.
    func start(resuming begun: RequestDecoder?, unread: [UInt8]) {
        arm(Wait.head, after: server.options.headTimeout)
        if let begun, let request = begun.begun {
            decoder = begun
            holds = 1
            tcp.start(self, unread: unread)
            holds = 0
            begin(request)
            resume()
        } else {
            tcp.start(self, unread: unread)
        }
    }

    // MARK: Requests

    func received(_ bytes: inout MutableSpan<UInt8>) -> Int { advance(bytes.span) }

    /// Reads on after something that stopped it.
    private func resume() {
        if tcp.hasUnread {
            tcp.processUnread()
        } else if tcp.isOpen {
            _ = advance(Span())
        }
    }

    /// Decodes what there is, up to the end of one request. Returns the bytes used up.
    private func advance(_ bytes: Span<UInt8>) -> Int {
        guard !isAdvancing else { return 0 }
        isAdvancing = true
        defer { isAdvancing = false }
        var used = 0
        while mayRead {
            do {
                let (count, event) = try decoder.decode(bytes.extracting(used...))
                used += count
                switch event {
                case .head(let request): begin(request)
                case .whole(let request):
                    cancelTimer()
                    exchange?.becameWhole(request)
                    return used
                case nil:
                    waitForMore(hasBytes: used < bytes.count)
                    return used
                }
            } catch {
                refuse(error)
                return bytes.count
            }
        }
        return used
    }

    /// Whether the next bytes are wanted now. A client that does not read its answers gets no more of them.
    private var mayRead: Bool {
        tcp.isOpen && !isUpgraded && destination == nil && holds == 0
            && (exchange == nil ? decoder.isBetweenRequests && !tcp.isBlocked : !decoder.isBetweenRequests)
    }

    private func begin(_ request: HTTPRequest) {
        if decoder.awaitsBody { arm(Wait.body, after: server.options.bodyTimeout) } else { cancelTimer() }
        let exchange = HTTPExchange(self, request, loop: tcp.loop)
        self.exchange = exchange
        share.site.serve(request, exchange)
    }

    private func waitForMore(hasBytes: Bool) {
        if decoder.owesContinue {
            decoder.owesContinue = false
            tcp.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        }
        // The deadline of a head runs from its first byte.
        if hasBytes, awaited == Wait.nextRequest { arm(Wait.head, after: server.options.headTimeout) }
    }

    private func refuse(_ violation: HTTPViolation) {
        share.refusals[violation.status, default: 0] += 1
        server.options.debug(.engineHTTP, "\(peer) gets \(violation.status): \(violation.reason)")
        let refused = EngineWire.exchange(&exchange, with: nil)
        var response = HTTPResponse(status: violation.status)
        if refused?.explainsRefusals ?? true {
            response = HTTPResponse(
                status: violation.status, contentType: "text/plain; charset=utf-8",
                text: violation.reason + "\n")
        }
        send(response, adding: refused?.fields, keepsConnection: false, withoutBody: false)
        refused?.lost(.refused(status: violation.status))
    }

    // MARK: For the exchange

    func limitBody(to limit: Int) { decoder.bodyLimit = limit }

    func hold() { holds += 1 }

    func proceed() {
        guard holds > 0 else { return }
        holds -= 1
        if holds == 0 { resume() }
    }

    func respond(_ response: HTTPResponse, to exchange: HTTPExchange) {
        guard self.exchange === exchange else { return }
        endRequest()
        // What is left of a body could only be thrown away.
        let keepsConnection = exchange.keepsConnection && !closesAfterResponse && decoder.isBetweenRequests
        send(
            response, adding: exchange.fields, keepsConnection: keepsConnection,
            withoutBody: exchange.method == .head)
    }

    /// Answers with bytes that are a whole response and closes behind them.
    func respondAndClose(_ bytes: [UInt8], to exchange: HTTPExchange) {
        guard self.exchange === exchange else { return }
        endRequest()
        tcp.write(bytes)
        tcp.closeAfterWrites()
    }

    private func endRequest() {
        exchange = nil
        holds = 0
        cancelTimer()
        if !decoder.awaitsBody { decoder.endWithoutBody() }
    }

    private func send(
        _ response: HTTPResponse, adding fields: HTTPFields?, keepsConnection: Bool, withoutBody: Bool
    ) {
        var response = response
        if let fields, !fields.isEmpty { response.fields.append(contentsOf: fields) }
        var bytes: [UInt8] = []
        response.encode(keepsConnection: keepsConnection, withoutBody: withoutBody, into: &bytes)
        tcp.write(bytes)
        guard keepsConnection else { return tcp.closeAfterWrites() }
        arm(Wait.nextRequest, after: server.options.keepAliveTimeout)
        goOn()
    }

    /// Serves what came behind the request that is answered; closes when no more can come.
    private func goOn() {
        tcp.processUnread()
        guard endsWithInput, !isAdvancing, exchange == nil, destination == nil, !tcp.isBlocked else { return }
        tcp.closeAfterWrites()
    }

    /// Answers the opening handshake; what follows is the WebSocket's.
    func becomeWebSocket(
        _ response: [UInt8], _ options: WebSocketOptions, for exchange: HTTPExchange
    ) -> WebSocketConnection? {
        guard self.exchange === exchange, tcp.isOpen else { return nil }
        endRequest()
        isUpgraded = true
        share.open[ObjectIdentifier(self)] = nil
        tcp.write(response)
        let webSocket = WebSocketConnection(tcp, options, share: share)
        tcp.setHandler(webSocket)
        return webSocket
    }

    func move(to loop: EventLoop, for exchange: HTTPExchange) {
        guard self.exchange === exchange else { return }
        self.exchange = nil
        cancelTimer()
        destination = loop
        tcp.loop.atTurnEnd(self)
    }

    /// Closes now, or behind the answer in progress.
    func closeWhenIdle() {
        if exchange == nil { tcp.closeAfterWrites() } else { closesAfterResponse = true }
    }

    // MARK: The end

    func drained() {
        if destination != nil { return tcp.loop.atTurnEnd(self) }
        if exchange == nil { arm(Wait.nextRequest, after: server.options.keepAliveTimeout) }
        goOn()
    }

    func goesOnAfterInput() -> Bool {
        // A poll that waits is lost with its client. But requests that have come are answered.
        guard exchange == nil, tcp.isBlocked || tcp.hasUnread else { return false }
        endsWithInput = true
        return true
    }

    func closed(_ error: NetError?) {
        if let error, tcp.isSecure { server.options.debug(.engineTLS, "\(peer): \(error)") }
        cancelTimer()
        share.open[ObjectIdentifier(self)] = nil
        let old = EngineWire.exchange(&exchange, with: nil)
        old?.lost(.disconnected)
    }

    private func arm(_ wait: UInt8, after timeout: Duration) {
        cancelTimer()
        guard tcp.isOpen else { return }
        awaited = wait
        timer = tcp.loop.arm(after: timeout, self, kind: wait)
    }

    private func cancelTimer() {
        tcp.loop.cancel(timer)
        timer = nil
    }
}

extension HTTPConnection: TurnEndWork {
    func turnEnds() {
        guard destination != nil, tcp.isOpen else { return }
        tcp.loop.flush()
        // The answer before leaves first.
        guard !tcp.isBlocked else { return arm(Wait.nextRequest, after: server.options.keepAliveTimeout) }
        guard let loop = EngineWire.exchange(&destination, with: nil), tcp.isOpen else { return }
        cancelTimer()
        share.open[ObjectIdentifier(self)] = nil
        server.move(tcp, from: peer, begun: decoder, to: loop)
    }
}

extension HTTPConnection: TimerTarget {
    func timerFired(_ kind: UInt8) {
        timer = nil
        switch kind {
        case Wait.body: refuse(HTTPViolation(status: 408, reason: "the body did not arrive in time"))
        case Wait.head where tcp.hasUnread:
            refuse(HTTPViolation(status: 408, reason: "the request did not arrive in time"))
        case Wait.nextRequest where tcp.isBlocked && tcp.backlogCount != lastBacklog:
            // Who takes its answer, however slowly, is not idle.
            lastBacklog = tcp.backlogCount
            arm(Wait.nextRequest, after: server.options.keepAliveTimeout)
        case Wait.nextRequest where tcp.isBlocked: tcp.close()
        default: tcp.closeAfterWrites()
        }
    }
}
