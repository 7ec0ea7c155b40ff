internal import EngineNet
internal import EngineWire

/// What happens to a session, and what it does then. On the session's loop.
extension Session {
    // MARK: Opening

    func openPolling(_ exchange: HTTPExchange) {
        restartHeartbeat()
        var body: [UInt8] = []
        body.append(engine.openPacket(self, upgrades: options.allowUpgrades).span)
        if let first = options.initialPacket { PreparedMessage(first).appendPolling(to: &body) }
        answer(PollingExchange(request, exchange, engine), body, isCompressible: true, isInitial: true)
    }

    func openWebSocket(_ webSocket: WebSocketConnection) {
        restartHeartbeat()
        use(webSocket)
        setDirect()
        webSocket.send(.text, engine.openPacket(self, upgrades: false).span)
        if let first = options.initialPacket { send(PreparedMessage(first)) }
    }

    private func use(_ webSocket: WebSocketConnection) {
        self.webSocket = webSocket
        guard case .plain = form, let agreement = webSocket.compression, let pool = engine.compression else {
            return
        }
        form = .compressed(pool.writer(for: agreement))
    }

    /// Gives the WebSocket its frames, once the session's handler is there.
    func startWebSocket() { webSocket?.start(self) }

    /// A WebSocket with this session's id was opened.
    /// - Parameter isBase64: whether it takes no binary.
    func offered(_ webSocket: WebSocketConnection, isBase64: Bool) {
        switch machine.webSocketOffered() {
        case .probe:
            debug(.engineSocket, "might upgrade from polling to websocket")
            candidate = webSocket
            form = isBase64 ? .base64 : .plain
            loop.cancel(otherTimer)
            otherTimer = loop.arm(after: options.upgradeTimeout, self, kind: TimerKind.upgrade)
            webSocket.start(self)
        default:
            debug(.engine, "is a WebSocket's already, or about to be")
            webSocket.close()
        }
    }

    // MARK: Packets

    func received(_ packet: Span<UInt8>, from origin: SessionMachine.Origin) {
        engine.counters.received(bytes: packet.count)
        let kind = PacketKind(text: packet)
        debug(.engineSocket, "received packet \(kind.name)")
        let action = machine.received(kind, from: origin)
        if action == .deliver {
            handler?.received(text: packet.extracting(1..<packet.count))
        } else {
            perform(
                action, description: action == .close(.transportError) ? "invalid heartbeat direction" : nil)
        }
    }

    func received(binary: Span<UInt8>, from origin: SessionMachine.Origin) {
        engine.counters.received(bytes: binary.count)
        debug(.engineSocket, "received packet message")
        let action = machine.received(.binary, from: origin)
        if action == .deliver { handler?.received(binary: binary) } else { perform(action) }
    }

    /// A binary message in base64, behind its `b`.
    func received(base64: Span<UInt8>, from origin: SessionMachine.Origin) {
        guard let bytes = Base64.decode(base64) else {
            return perform(
                machine.received(.unknown, from: origin), description: "a binary packet is not base64")
        }
        received(binary: bytes.span, from: origin)
    }

    // MARK: Decisions

    func perform(_ action: SessionMachine.Action, description: String? = nil) {
        switch action {
        case .nothing, .deliver, .probe, .refuseOffer: break
        case .restartHeartbeat:
            debug(.engineSocket, "got pong")
            restartHeartbeat()
        case .ping: ping()
        case .answerProbe:
            debug(.engineSocket, "got probe ping packet, sending pong")
            candidate?.send(.text, Array("3probe".utf8).span)
            armPollRelease()
        case .upgrade: upgrade()
        case .dropCandidate:
            debug(.engineSocket, "client did not complete upgrade - closing transport")
            loop.cancel(otherTimer)
            let old = candidate
            candidate = nil
            old?.close()
        case .beginClosing: beginClosing()
        case .close(let reason): end(reason, description)
        }
    }

    /// Gives the poll that is pending, or the next one, time to carry data: as with Node's server, what its client gets
    /// within the first moments does not depend on how soon it offers a WebSocket.
    private func armPollRelease() {
        guard !isReleasingPolls else { return }
        isReleasingPolls = true
        _ = loop.arm(after: EngineWorker.pollRelease, self, kind: TimerKind.pollRelease)
    }

    /// A client that upgrades sends nothing, and does not end its upgrade, while its poll is pending.
    private func releasePoll() {
        isReleasingPolls = false
        guard machine.releasesPolls else { return }
        if poll != nil, outbox.isEmpty { enqueueOwn(.noop) }
        armPollRelease()
    }

    private func restartHeartbeat() {
        loop.cancel(heartbeat)
        heartbeat = loop.armLoosely(after: options.pingInterval, self, kind: TimerKind.pingInterval)
    }

    /// Never behind bulk data: a client that is slow is not gone.
    private func ping() {
        debug(
            .engineSocket,
            "writing ping packet - expecting pong within \(options.pingTimeout.wholeMilliseconds)ms")
        heartbeat = loop.armLoosely(after: options.pingTimeout, self, kind: TimerKind.pingTimeout)
        if let webSocket = directWebSocket {
            webSocket.send(frames: PreparedMessage.ping.frames)
        } else {
            takenBeforePing = takenCount
            enqueueOwn(.ping)
        }
    }

    /// The client did not answer a ping. If it did not even get the ping but takes what is before it, or if it is
    /// not read from, it has more time.
    private func pingTimedOut() {
        if let taken = takenBeforePing, takenCount > taken {
            takenBeforePing = takenCount
        } else if !isPaused {
            return perform(machine.pingTimeoutPassed())
        }
        heartbeat = loop.armLoosely(after: options.pingTimeout, self, kind: TimerKind.pingTimeout)
    }

    /// Bytes that a slow client has taken late of what was sent last.
    private var takenCount: Int { webSocket?.tcp.takenCount ?? lastAnswer?.takenCount ?? 0 }

    private func upgrade() {
        loop.cancel(otherTimer)
        lastAnswer = nil
        if let poll {
            self.poll = nil
            answer(poll, [PacketType.noop.rawValue])
        }
        if let candidate { use(candidate) }
        candidate = nil
        if isPaused { webSocket?.setReading(false) }
        becameWebSocket()
        engine.counters.upgrades += 1
        debug(.engineSocket, "got upgrade packet - upgrading")
        handler?.upgraded()
        drainOutbox()
    }

    private func beginClosing() {
        debug(.engineSocket, "closing, \(outbox.count) packets remain in the buffer")
        unsafe direct = nil
        loop.cancel(otherTimer)
        candidate?.close()
        candidate = nil
        if webSocket == nil, local == nil {
            enqueueOwn(.close)
        } else if outbox.isEmpty {
            return perform(machine.queueSent())
        }
        otherTimer = loop.arm(after: options.closeTimeout, self, kind: TimerKind.close)
    }

    private func end(_ reason: CloseReason, _ description: String?) {
        endReason = reason
        loop.cancel(heartbeat)
        loop.cancel(otherTimer)
        unsafe direct = nil
        engine.forget(self, reason)
        debug(.engineSocket, "closed: \(reason.rawValue)\(description.map { ", " + $0 } ?? "")")
        if let poll {
            self.poll = nil
            let last: PacketType = reason == .transportClose ? .noop : .close
            answer(poll, [last.rawValue])
        }
        if reason == .transportClose || reason == .forcedClose {
            confirmPost()
        } else {
            exchange(&post, with: nil)?.refuse()
        }
        outbox = SendQueue()
        lastAnswer = nil
        let (webSocket, candidate, handler) = (self.webSocket, self.candidate, self.handler)
        (self.webSocket, self.candidate, self.handler) = (nil, nil, nil)
        candidate?.close()
        webSocket?.close()
        resumeFlushWaiters(false)
        handler?.closed(reason, description: description)
        endLocal(reason, description)
    }
}

extension Session: TimerTarget {
    package func timerFired(_ kind: UInt8) {
        switch kind {
        case TimerKind.pingInterval: perform(machine.pingIntervalPassed())
        case TimerKind.pingTimeout: pingTimedOut()
        case TimerKind.upgrade: perform(machine.candidateLost())
        case TimerKind.pollRelease: releasePoll()
        default: perform(machine.queueSent())
        }
    }
}
