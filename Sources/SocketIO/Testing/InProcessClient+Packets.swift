internal import EngineIO
internal import Synchronization

/// What the server sends. On the session's loop, in order.
extension InProcessClient {
    func received(_ packet: ClientPacket) {
        switch packet.kind {
        case .connect: connected(packet.object)
        case .connectError: refused(packet.object)
        case .disconnect:
            leave(.serverDisconnect)
        case .event, .binaryEvent: received(KeptEvent(arguments: packet.arguments, ackID: packet.id))
        case .ack, .binaryAck:
            guard let id = packet.id else { return }
            let waiting = state.withLock { $0.acks.removeValue(forKey: id) }
            waiting?.finish(.success(packet.arguments))
        }
    }

    private func connected(_ object: PacketObject) {
        let answer = object.value ?? .null
        let joining = state.withLock { state -> Expectation<Void>? in
            guard case .joining(let joining) = state.phase else { return nil }
            let pid = answer["pid"]?.stringValue
            state.phase = .joined
            state.isRecovered = pid != nil && pid == state.pid
            state.id = answer["sid"]?.stringValue ?? ""
            state.pid = pid
            return joining
        }
        joining?.finish(.success(()))
    }

    private func refused(_ object: PacketObject) {
        let answer = object.value ?? .null
        guard case .joining(let joining) = state.withLock({ $0.phase }) else { return }
        let message = answer["message"]?.stringValue ?? ""
        joining.finish(.failure(ConnectionRefused(message, data: answer["data"])))
    }

    private func received(_ event: KeptEvent) {
        let answer = state.withLock { state in
            var event = event
            // A client that may be recovered gets the event's place behind the arguments, unless it has to answer.
            if state.pid != nil, event.ackID == nil, let offset = event.arguments.removeLastText() {
                state.offset = offset
            }
            let taker = state.waiting.firstIndex { waiting in
                (waiting.name ?? event.name) == event.name && waiting.event.finish(.success(event))
            }
            if let taker { state.waiting.remove(at: taker) }
            state.inbox.append(event, isTaken: taker != nil)
            return state.answers[event.name]
        }
        guard let id = event.ackID, let reply = try? answer?(event.arguments) else { return }
        send(reply, as: id)
    }

    /// Answers an event.
    func send(_ reply: EncodedArguments, as id: Int) {
        connection.session?.receiveLocally(connection.writer.ack(id, reply, namespace: namespace))
    }

    /// The end of the client in its namespace, whatever brought it.
    /// Ends what the client has in its namespace, and with the last client the connection.
    func leave(_ reason: ClientDisconnectReason) {
        if let membership = disconnected(reason) { connection.left(self, membership) }
    }

    /// - Returns: the membership that ended; nil if the client was out before.
    @discardableResult
    func disconnected(_ reason: ClientDisconnectReason, _ details: String? = nil) -> Int? {
        let end = state.withLock { state -> InProcessClient.State? in
            if case .out = state.phase { return nil }
            let before = state
            state.phase = .out(reason, details: details)
            (state.waiting, state.acks, state.watchers) = ([], [:], [])
            return before
        }
        guard let end else { return nil }
        let error = InProcessError.disconnected(reason, details: details)
        if case .joining(let joining) = end.phase { joining.finish(.failure(error)) }
        for waiting in end.waiting { waiting.event.finish(.failure(error)) }
        for ack in end.acks.values { ack.finish(.failure(error)) }
        for watcher in end.watchers { watcher.finish(.success(reason)) }
        return end.membership
    }
}
