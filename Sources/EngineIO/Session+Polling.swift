internal import EngineNet
internal import EngineWire

/// A request of a session that waits for its answer.
final class PollingExchange {
    let exchange: HTTPExchange
    /// For the hooks; nil where there are none, because a poll waits long.
    private(set) var request: HTTPRequest?
    /// How the client takes a long answer; nil for as it is.
    private(set) var coding: HTTPContentCoding?

    init(_ request: HTTPRequest, _ exchange: HTTPExchange, _ engine: EngineWorker) {
        self.exchange = exchange
        if engine.hooks.changeHeaders { self.request = request }
        if request.method == .get, engine.options.httpCompressionThreshold != nil {
            coding = request.field("accept-encoding").flatMap(HTTPContentCoding.choose)
        }
    }

    /// Answers a request that ended its session, or was none of its requests.
    func refuse() { exchange.respond(HTTPResponse(status: 400)) }
}

/// Long-polling: packets in a POST's body, packets out in the answer to a GET. On the session's loop.
extension Session {
    private static let payloadFields: HTTPFields = ["Content-Type": "text/plain; charset=UTF-8"]
    /// Not text/plain, which old browsers offered to save as a file.
    private static let confirmation = HTTPResponse(status: 200, contentType: "text/html", text: "ok")

    /// Answers a GET with a payload.
    func answer(
        _ poll: PollingExchange, _ payload: [UInt8], isCompressible: Bool = false, isInitial: Bool = false
    ) {
        var response = HTTPResponse(status: 200, fields: Self.payloadFields, body: payload)
        if let coding = poll.coding, isCompressible, payload.count >= options.httpCompressionThreshold ?? .max
        {
            response.body = coding.compress(payload)
            response.fields["Content-Encoding"] = coding.rawValue
            debug(.enginePolling, "compressing \(payload.count) bytes with \(coding.rawValue)")
        }
        debug(.enginePolling, "writing \(payload.count) bytes")
        respond(response, to: poll, isInitial: isInitial)
    }

    /// Answers a POST that was taken.
    func confirmPost() {
        guard let post = EngineWire.exchange(&post, with: nil) else { return }
        respond(Self.confirmation, to: post)
    }

    private func respond(_ response: HTTPResponse, to request: PollingExchange, isInitial: Bool = false) {
        var response = response
        if isInternetExplorer { response.fields.append("X-XSS-Protection", "0") }
        response.fields.append("cache-control", "no-store")
        if let original = request.request {
            engine.hooks.addFields(to: request.exchange, for: original, isInitial: isInitial)
        }
        request.exchange.respond(response)
    }

    // MARK: Out

    func polled(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        let request = PollingExchange(request, exchange, engine)
        guard poll == nil else {
            debug(.enginePolling, "request overlap")
            request.refuse()
            return perform(machine.failed(.transportError), description: "overlap from client")
        }
        debug(.enginePolling, "poll begins")
        poll = request
        lastAnswer = nil
        exchange.whenLost { [self] _ in
            poll = nil
            perform(
                machine.transportLost(violation: true), description: "poll connection closed prematurely")
        }
        if !outbox.isEmpty { answerPoll() }
    }

    /// Answers the pending poll with what is queued, as far as one answer reaches.
    func answerPoll() {
        guard let poll, !outbox.isEmpty else { return }
        self.poll = nil
        // A client sees a ping when it has read all of the answer.
        let room = outbox.hasPing ? EngineWorker.bulk : EngineWorker.pollStep
        var body: [UInt8] = []
        body.reserveCapacity(min(outbox.bytes + outbox.count, room))
        var isCompressible = false
        // The close packet goes alone, as Node's does: a client acts on it at once, and `socket.io-client` reads the
        // messages of a payload when it is through with it.
        while let size = outbox.nextSize(), body.isEmpty || body.count + size <= room && !outbox.isCloseNext,
            let message = outbox.removeFirst()
        {
            message.appendPolling(to: &body)
            isCompressible = isCompressible || message.isCompressible
        }
        answer(poll, body, isCompressible: isCompressible)
        lastAnswer = poll.exchange
        pingLeft()
        guard outbox.isEmpty else { return }
        resumeFlushWaiters()
        if case .closing = machine.state { perform(machine.queueSent()) }
    }

    // MARK: In

    /// The head of a POST is there.
    func posting(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        let pending = PollingExchange(request, exchange, engine)
        guard post == nil else {
            pending.refuse()
            return perform(
                machine.failed(.transportError), description: "data request overlap from client")
        }
        if request.field("content-type") == "application/octet-stream" {
            pending.refuse()
            return perform(machine.failed(.transportError), description: "invalid content")
        }
        post = pending
        exchange.whenLost { [self] loss in
            post = nil
            // A body that is too large is refused, and the session goes on. So does one that has left polling.
            guard loss != .refused(status: 413), transport == .polling else { return }
            perform(
                machine.transportLost(violation: true),
                description: "data request connection closed prematurely")
        }
        exchange.whenWhole { [self] request in posted(request.body) }
    }

    private func posted(_ body: [UInt8]) {
        debug(.enginePolling, "post of \(body.count) bytes")
        let body = body.span
        var start = 0
        repeat {
            let range = PollingPayload.packet(in: body, from: start)
            receivedPolling(body.extracting(range))
            start = range.upperBound + 1
        } while start <= body.count && machine.state != .closed
        // The client posts again only when it is answered: so a slow reader holds it up.
        if !isPaused { confirmPost() }
    }

    private func receivedPolling(_ packet: Span<UInt8>) {
        guard packet.isEmpty || packet[0] != PollingPayload.binaryPrefix else {
            return received(base64: packet.extracting(1..<packet.count), from: .current)
        }
        guard (try? UTF8Span(validating: packet)) != nil else {
            return perform(machine.failed(.parseError), description: "a packet is not UTF-8")
        }
        received(packet, from: .current)
    }
}
