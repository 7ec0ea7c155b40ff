internal import EngineNet
internal import EngineWire

/// A GET that waits for packets.
struct PendingPoll {
    let exchange: HTTPExchange
    /// How the client takes a long answer; nil for as it is.
    let coding: HTTPContentCoding?
}

/// Long-polling: packets in a POST's body, packets out in the answer to a GET. On the session's loop.
extension Session {
    private static let pollFields: HTTPFields = [
        "Content-Type": "text/plain; charset=UTF-8", "cache-control": "no-store",
    ]

    static func pollResponse(_ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: 200, fields: pollFields, body: body)
    }

    static let postResponse = HTTPResponse(
        status: 200, fields: ["Content-Type": "text/html", "cache-control": "no-store"],
        body: Array("ok".utf8))

    /// The answer to a request that ended its session.
    static let refusedPost = HTTPResponse(status: 400)

    // MARK: Out

    func polled(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard poll == nil else {
            exchange.respond(Self.refusedPost)
            return perform(machine.failed(.transportError), description: "overlap from client")
        }
        let coding =
            options.httpCompressionThreshold == nil
            ? nil : request.field("accept-encoding").flatMap(HTTPContentCoding.choose)
        poll = PendingPoll(exchange: exchange, coding: coding)
        exchange.whenLost { [self] _ in
            poll = nil
            perform(
                machine.transportLost(violation: true), description: "poll connection closed prematurely")
        }
        if outbox.isEmpty, machine.releasesPolls { enqueue(.noop) }
        if !outbox.isEmpty { answerPoll() }
    }

    /// Answers the pending poll with everything queued.
    func answerPoll() {
        guard let poll, !outbox.isEmpty else { return }
        self.poll = nil
        var body: [UInt8] = []
        body.reserveCapacity(outbox.bytes + outbox.count)
        var isCompressible = false
        for message in outbox.removeAll() {
            message.appendPolling(to: &body)
            isCompressible = isCompressible || message.isCompressible
        }
        var response = Self.pollResponse(body)
        if let coding = poll.coding, isCompressible, body.count >= options.httpCompressionThreshold ?? .max {
            response.body = coding.compress(body)
            response.fields["Content-Encoding"] = coding.rawValue
        }
        poll.exchange.respond(response)
        if case .closing = machine.state { return perform(machine.queueSent()) }
        resumeFlushWaiters()
    }

    // MARK: In

    /// The head of a POST is there.
    func posting(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard post == nil else {
            exchange.respond(Self.refusedPost)
            return perform(
                machine.failed(.transportError), description: "data request overlap from client")
        }
        if request.field("content-type") == "application/octet-stream" {
            exchange.respond(Self.refusedPost)
            return perform(machine.failed(.transportError), description: "invalid content")
        }
        post = exchange
        exchange.whenLost { [self] loss in
            post = nil
            // A body that is too large is refused, and the session goes on.
            guard loss != .refused(status: 413) else { return }
            perform(
                machine.transportLost(violation: true),
                description: "data request connection closed prematurely")
        }
        exchange.whenWhole { [self] request in posted(request.body, exchange) }
    }

    private func posted(_ body: [UInt8], _ exchange: HTTPExchange) {
        let body = body.span
        var start = 0
        repeat {
            let range = PollingPayload.packet(in: body, from: start)
            receivedPolling(body.extracting(range))
            start = range.upperBound + 1
        } while start <= body.count && machine.state != .closed
        // The client posts again only when it is answered: so a slow reader holds it up.
        if !isPaused { answerPost() }
    }

    func answerPost(_ response: HTTPResponse = Session.postResponse) {
        EngineWire.exchange(&post, with: nil)?.respond(response)
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
