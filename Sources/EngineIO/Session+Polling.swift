internal import EngineNet
internal import EngineWire

/// Long-polling: packets in a POST's body, packets out in the answer to a GET. On the session's loop.
extension Session {
    static func pollResponse(_ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: 200,
            fields: [("Content-Type", "text/plain; charset=UTF-8"), ("cache-control", "no-store")],
            body: body)
    }

    private static let postResponse = HTTPResponse(
        status: 200, fields: [("Content-Type", "text/html"), ("cache-control", "no-store")],
        body: Array("ok".utf8))

    func polled(_ exchange: HTTPExchange) {
        guard poll == nil else {
            exchange.respond(EngineError.badRequest.response)
            return perform(machine.failed(.transportError), description: "overlap from client")
        }
        poll = exchange
        exchange.whenLost { [self] in
            poll = nil
            perform(
                machine.transportLost(violation: true), description: "poll connection closed prematurely")
        }
        if outbox.isEmpty, machine.releasesPolls { enqueue(.noop) }
        if !outbox.isEmpty { answerPoll() }
    }

    func posted(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        if request.field("content-type") == "application/octet-stream" {
            exchange.respond(HTTPResponse(status: 400))
            return perform(machine.failed(.transportError), description: "invalid content")
        }
        let body = request.body.span
        var start = 0
        repeat {
            let range = PollingPayload.packet(in: body, from: start)
            receivedPolling(body.extracting(range))
            start = range.upperBound + 1
        } while start <= body.count && machine.state != .closed
        let isAtFault = endReason == .parseError || endReason == .transportError
        exchange.respond(isAtFault ? EngineError.badRequest.response : Self.postResponse)
    }

    private func receivedPolling(_ packet: Span<UInt8>) {
        guard !packet.isEmpty, packet[0] == PollingPayload.binaryPrefix else {
            guard (try? UTF8Span(validating: packet)) != nil else {
                return perform(machine.failed(.parseError), description: "a packet is not UTF-8")
            }
            return received(packet, from: .current)
        }
        guard let bytes = Base64.decode(packet.extracting(1..<packet.count)) else {
            return perform(machine.failed(.parseError), description: "a binary packet is not base64")
        }
        if machine.received(.binary, from: .current) == .deliver { handler?.received(binary: bytes.span) }
    }

    /// Answers the pending poll with everything queued.
    private func answerPoll() {
        guard let exchange = poll, !outbox.isEmpty else { return }
        poll = nil
        var body: [UInt8] = []
        body.reserveCapacity(outbox.bytes + outbox.count)
        for message in outbox.removeAll() { message.appendPolling(to: &body) }
        exchange.respond(Self.pollResponse(body))
        if case .closing = machine.state { perform(machine.queueSent()) }
    }

    func turnEnds() {
        isScheduledForTurnEnd = false
        answerPoll()
    }
}
