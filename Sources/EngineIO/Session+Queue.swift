internal import EngineNet
internal import EngineWire

/// The way out: what is written at once, and what waits. On the session's loop.
extension Session {
    /// The WebSocket, if a message written to it now leaves in this turn and overtakes nothing.
    @inline(__always)
    var directWebSocket: WebSocketConnection? {
        guard unsafe direct != nil, let webSocket, !webSocket.isBlocked else { return nil }
        return webSocket
    }

    /// Lets messages be written straight to the WebSocket, when nothing waits before them.
    func setDirect() {
        guard machine.isOpen, outbox.isEmpty, case .plain = form, let webSocket else { return }
        unsafe direct = .passUnretained(webSocket.tcp)
    }

    /// Whether a message sent now leaves in this turn: what a volatile message asks.
    package var isWritable: Bool {
        if unsafe direct != nil { return directWebSocket != nil }
        guard machine.isOpen else { return false }
        guard let webSocket else { return local?.isReading ?? (poll != nil && outbox.isEmpty) }
        return !webSocket.isBlocked && outbox.bytes < EngineWorker.drainStep && !outbox.isOwing
    }

    /// Bytes that wait for the client.
    var queuedBytes: Int { outbox.bytes + (webSocket?.tcp.backlogCount ?? 0) }

    func enqueue(_ message: PreparedMessage) {
        unsafe direct = nil
        outbox.append(message)
        guard outbox.isWithin(options.sendQueue) else {
            return perform(machine.failed(.transportError), description: "the client does not keep up")
        }
        queued()
    }

    /// Sends what the client is owed from an earlier connection, before all that waits and at the client's pace: each
    /// message is made when its turn comes, and none counts against the queue's bounds. On the loop.
    package func owe(_ messages: [() -> PreparedMessage]) {
        guard machine.isOpen, !messages.isEmpty else { return }
        unsafe direct = nil
        outbox.owe(
            messages.map { make in
                { [engine] in
                    let message = make()
                    engine.counters.sent(message.parts.count, bytes: message.size)
                    return message
                }
            })
        queued()
    }

    /// Queues a packet of the engine itself, which is never too much; a ping before all others.
    func enqueueOwn(_ packet: PreparedMessage) {
        unsafe direct = nil
        if packet === PreparedMessage.ping { outbox.appendPing() } else { outbox.append(packet) }
        queued()
    }

    private func queued() {
        if let webSocket {
            if !webSocket.isBlocked { scheduleTurnEnd() }
        } else if poll != nil {
            scheduleTurnEnd()
        } else if local != nil {
            passToLocal()
        }
    }

    /// At the end of the turn, so that one answer or write takes all that the turn brings.
    func scheduleTurnEnd() {
        guard !isScheduledForTurnEnd else { return }
        isScheduledForTurnEnd = true
        engine.atTurnEnd(self)
    }

    func turnEnds() {
        isScheduledForTurnEnd = false
        if webSocket != nil { return drainOutbox() }
        if let local { local.deliver() } else { answerPoll() }
    }

    /// Writes the queue to the WebSocket, a part at a time, for as long as the client takes it.
    func drainOutbox() {
        guard let webSocket, machine.state != .closed else { return }
        var parts = 0
        while !webSocket.isBlocked {
            // Other clients of the loop, and the pings of this one, have their turn as well.
            guard parts < EngineWorker.drainParts else { return loop.execute { self.drainOutbox() } }
            parts += 1
            var bytes = 0
            while bytes < EngineWorker.drainStep, let message = outbox.removeFirst() {
                bytes += message.size
                write(message, to: webSocket)
            }
            pingLeft()
            guard !outbox.isEmpty else { break }
            loop.flush()
            guard self.webSocket === webSocket else { return }
        }
        guard outbox.isEmpty else { return }
        setDirect()
        checkFlushed()
        // Who waits for the last bytes to leave holds up the end until then: `drained` follows.
        if case .closing = machine.state, flushWaiters.isEmpty { perform(machine.queueSent()) }
    }

    private func write(_ message: PreparedMessage, to webSocket: WebSocketConnection) {
        switch form {
        case .plain: webSocket.send(frames: message.frames)
        case .base64: webSocket.send(frames: message.base64Frames())
        case .compressed(let writer): webSocket.send(frames: writer.frames(of: message))
        case .inProcess: break  // has no WebSocket
        }
    }

    /// The queue's front has been written: the client has its whole time for a ping from then on.
    func pingLeft() {
        guard takenBeforePing != nil else { return }
        takenBeforePing = nil
        loop.cancel(heartbeat)
        heartbeat = loop.armLoosely(after: options.pingTimeout, self, kind: TimerKind.pingTimeout)
    }

    // MARK: Waiting for it

    func whenFlushed(_ continuation: CheckedContinuation<Bool, Never>) {
        if machine.state == .closed { return continuation.resume(returning: false) }
        flushWaiters.append(continuation)
        checkFlushed()
    }

    /// Ends the wait of those who asked, if nothing waits any more. What this turn wrote leaves now, to be sure of it.
    func checkFlushed() {
        guard !flushWaiters.isEmpty, outbox.isEmpty else { return }
        loop.flush()
        if webSocket == nil { local?.deliver() }
        if !(webSocket?.isBlocked ?? false) { resumeFlushWaiters() }
    }

    func resumeFlushWaiters(_ areFlushed: Bool = true) {
        guard !flushWaiters.isEmpty else { return }
        for waiter in exchange(&flushWaiters, with: []) { waiter.resume(returning: areFlushed) }
    }
}
