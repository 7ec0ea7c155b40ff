internal import EngineNet
internal import EngineWire

/// A session without a connection. On the session's loop, unless it says otherwise.
extension Session {
    /// The client's end, if it is in this process. The session counts as a WebSocket's in everything else.
    var local: LocalTransport? { if case .inProcess(let local) = form { local } else { nil } }

    func openInProcess() {
        if let first = options.initialPacket { send(PreparedMessage(first)) }
    }

    // MARK: Out

    /// Gives the queue to a client that reads.
    func passToLocal() {
        guard let local, local.isReading, machine.state != .closed else { return }
        while let message = outbox.removeFirst() { local.take(message) }
        scheduleTurnEnd()
        checkFlushed()
        if case .closing = machine.state { perform(machine.queueSent()) }
    }

    /// The end of the session is the end of its client's end.
    func endLocal(_ reason: CloseReason, _ description: String?) {
        guard let local else { return }
        form = .plain
        local.end(reason, description)
    }

    /// Stops or resumes taking what the session is sent, as a client whose connection is slow. From any thread.
    package func setLocalReading(_ isReading: Bool) {
        loop.execute { [self] in
            local?.isReading = isReading
            passToLocal()
        }
    }

    /// Waits until what was passed to the session before has been handled, as far as that needs no waiting, and what it
    /// sent by then has been delivered, unless its client does not read. From any thread.
    /// - Returns: false if the session is over, or its client does not read.
    @discardableResult
    package func settled() async -> Bool {
        await withCheckedContinuation { continuation in
            let isTaken = loop.offer { [self] in
                guard local?.isReading != false else { return continuation.resume(returning: false) }
                whenFlushed(continuation)
            }
            if !isTaken { continuation.resume(returning: false) }
        }
    }

    // MARK: In

    /// Takes messages of the client, as if they came over a WebSocket. From any thread, in order; also from the
    /// callbacks of the client's end, because it never acts at once.
    package func receiveLocally(_ message: PreparedMessage) { loop.execute { self.receivedLocally(message) } }

    private func receivedLocally(_ message: PreparedMessage) {
        let frames = message.frames
        for part in message.parts {
            guard local != nil else { return }
            guard part.payload.count <= options.maxPayload else {
                return perform(
                    machine.transportLost(violation: true), description: "the message is too large")
            }
            let bytes = frames.span.extracting(part.payload)
            if part.isText {
                received(bytes, from: .current)
            } else {
                received(binary: bytes, from: .current)
            }
        }
    }

    /// The client has gone, or whatever else `reason` says happened to its connection. From any thread.
    package func loseLocally(_ reason: CloseReason) {
        loop.execute { [self] in
            guard local != nil else { return }
            perform(
                reason == .transportClose
                    ? machine.transportLost(violation: false) : machine.failed(reason))
        }
    }
}
