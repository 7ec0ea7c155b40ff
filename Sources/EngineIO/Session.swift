public import EngineNet
public import EngineWire
internal import Synchronization

/// What uses a session. Called on the session's loop.
package protocol SessionHandler: AnyObject {
    /// A text message; the bytes are UTF-8 and valid for the call only.
    func received(text: Span<UInt8>)
    /// A binary message; the bytes are valid for the call only.
    func received(binary: Span<UInt8>)
    /// The session is over; nothing follows.
    func closed(_ reason: CloseReason, description: String?)
}

/// One client of an Engine.IO server, whatever transport carries it.
///
/// Belongs to one loop for life. Public methods may be called from any thread: on the loop they act at once,
/// elsewhere they are passed to it in order.
@safe
public final class Session: @unchecked Sendable {
    // Proof of sendability: `id`, `request`, `peer` and `engine` never change, `isWebSocket` is atomic; all else is touched on the loop
    // only, which every public method makes sure of.

    private enum TimerKind {
        static let pingInterval: UInt8 = 0
        static let pingTimeout: UInt8 = 1
        static let upgrade: UInt8 = 2
        static let close: UInt8 = 3
    }

    /// The session's name on the wire, known to its client only.
    public let id: SessionID
    /// The request that opened the session.
    public let request: HTTPRequest
    /// Where the client connected from.
    public let peer: SocketAddress
    package let engine: EngineWorker
    private let isWebSocket: Atomic<Bool>

    @safe @exclusivity(unchecked) var machine: SessionMachine
    @safe @exclusivity(unchecked) var handler: (any SessionHandler)?
    @safe @exclusivity(unchecked) var webSocket: WebSocketConnection?
    var candidate: WebSocketConnection?
    var poll: HTTPExchange?
    private var heartbeat: TimerID?
    private var otherTimer: TimerID?
    var outbox: SendQueue
    var isScheduledForTurnEnd = false
    var endReason: CloseReason?

    /// The WebSocket's connection while messages may be written straight to it: nothing is queued before them.
    @exclusivity(unchecked) var direct: Unmanaged<TCPConnection>?
    /// Marks the session during one broadcast: already reached, or excepted.
    @safe @exclusivity(unchecked) package var broadcastMark: UInt64 = 0

    init(id: SessionID, request: HTTPRequest, peer: SocketAddress, transport: Transport, engine: EngineWorker)
    {
        self.id = id
        self.request = request
        self.peer = peer
        self.engine = engine
        machine = SessionMachine(transport: transport)
        outbox = SendQueue(limits: engine.options.sendQueue)
        isWebSocket = Atomic(transport == .webSocket)
    }

    var loop: EventLoop { engine.loop }
    var options: EngineOptions { engine.options }

    /// The WebSocket, if a message written to it now leaves in this turn and overtakes nothing.
    @inline(__always)
    private var directWebSocket: WebSocketConnection? {
        guard unsafe direct != nil, let webSocket, !webSocket.isBlocked else { return nil }
        return webSocket
    }

    // MARK: For everyone

    /// The transport in use.
    public var transport: Transport { isWebSocket.load(ordering: .relaxed) ? .webSocket : .polling }

    /// Sends a text message.
    public func send(_ text: String) {
        var packet: [UInt8] = [PacketType.message.rawValue]
        packet.append(contentsOf: text.utf8)
        send(PreparedMessage(textPacket: packet.span))
    }

    /// Sends a binary message.
    public func send(_ bytes: [UInt8]) { send(PreparedMessage(binary: bytes.span)) }

    /// Sends a message that was encoded before.
    public func send(_ message: PreparedMessage) {
        guard loop.isCurrent else { return loop.execute { self.send(message) } }
        guard machine.isOpen else { return }
        if let webSocket = directWebSocket {
            webSocket.send(frames: message.frames)
        } else {
            enqueue(message)
        }
    }

    /// Closes the session.
    /// - Parameter discarding: drop what is queued instead of sending it first.
    public func close(discarding: Bool = false) {
        guard loop.isCurrent else { return loop.execute { self.close(discarding: discarding) } }
        perform(machine.closeRequested(discardingQueue: discarding))
    }

    // MARK: For Socket.IO, on the loop

    /// Whether a message sent now leaves in this turn: what a volatile message asks.
    package var isWritable: Bool {
        if unsafe direct != nil { return directWebSocket != nil }
        return machine.isOpen && webSocket == nil && poll != nil && outbox.isEmpty
    }

    /// Sends a text packet with its type in front (`4…`) without making a message of it, if it can leave now.
    @inline(__always)
    package func send(textPacket: Span<UInt8>) {
        if let webSocket = directWebSocket {
            webSocket.send(.text, textPacket)
        } else if machine.isOpen {
            enqueue(PreparedMessage(textPacket: textPacket))
        }
    }

    var callbacks: SessionCallbacks? { handler as? SessionCallbacks }

    package func setHandler(_ handler: any SessionHandler) { self.handler = handler }

    /// Ends the session because its client broke the protocol above.
    package func fail(_ reason: CloseReason, _ description: String) {
        perform(machine.failed(reason), description: description)
    }

    // MARK: Opening

    func openPolling(_ exchange: HTTPExchange) {
        restartHeartbeat()
        var body: [UInt8] = []
        body.append(engine.openPacket(self, upgrades: options.allowUpgrades).span)
        exchange.respond(Self.pollResponse(body))
    }

    func openWebSocket(_ webSocket: WebSocketConnection) {
        restartHeartbeat()
        self.webSocket = webSocket
        unsafe direct = .passUnretained(webSocket.tcp)
        webSocket.send(.text, engine.openPacket(self, upgrades: false).span)
    }

    /// Gives the WebSocket its frames, once the session's handler is there.
    func startWebSocket() { webSocket?.start(self) }

    // MARK: The queue

    func enqueue(_ message: PreparedMessage, first: Bool = false) {
        if outbox.isEmpty { unsafe direct = nil }
        guard first ? outbox.prepend(message) : outbox.append(message) else {
            return perform(machine.failed(.transportError), description: "the client does not keep up")
        }
        if webSocket == nil, poll != nil, !isScheduledForTurnEnd {
            // At the end of the turn, so that one poll takes all that the turn brings.
            isScheduledForTurnEnd = true
            engine.answerPollAtTurnEnd(self)
        }
    }

    /// Writes the queue to the WebSocket, a part at a time, for as long as the client takes it.
    func drainOutbox() {
        guard let webSocket, machine.state != .closed else { return }
        while !outbox.isEmpty, !webSocket.isBlocked {
            var bytes = 0
            while bytes < EngineWorker.drainStep, let message = outbox.removeFirst() {
                bytes += message.size
                webSocket.send(frames: message.frames)
            }
            loop.flush()
            guard self.webSocket === webSocket else { return }
        }
        guard outbox.isEmpty else { return }
        if machine.isOpen { unsafe direct = .passUnretained(webSocket.tcp) }
        if case .closing = machine.state { perform(machine.queueSent()) }
    }

    // MARK: Events

    func received(_ packet: Span<UInt8>, from origin: SessionMachine.Origin) {
        let action = machine.received(PacketKind(text: packet), from: origin)
        if action == .deliver {
            handler?.received(text: packet.extracting(1..<packet.count))
        } else {
            perform(action)
        }
    }

    /// A WebSocket with this session's id was opened.
    func offered(_ webSocket: WebSocketConnection) {
        switch machine.webSocketOffered() {
        case .probe:
            candidate = webSocket
            loop.cancel(otherTimer)
            otherTimer = loop.arm(after: options.upgradeTimeout, self, kind: TimerKind.upgrade)
            webSocket.start(self)
        default: webSocket.close()
        }
    }

    func perform(_ action: SessionMachine.Action, description: String? = nil) {
        switch action {
        case .nothing, .deliver, .probe, .refuseOffer: break
        case .restartHeartbeat: restartHeartbeat()
        case .ping:
            heartbeat = loop.arm(after: options.pingTimeout, self, kind: TimerKind.pingTimeout)
            // Never behind bulk data: a client that is slow is not gone.
            if let webSocket = directWebSocket {
                webSocket.send(frames: PreparedMessage.ping.frames)
            } else {
                enqueue(.ping, first: true)
            }
        case .answerProbe:
            candidate?.send(.text, Array("3probe".utf8).span)
            if poll != nil, outbox.isEmpty { enqueue(.noop) }
        case .upgrade: upgrade()
        case .dropCandidate:
            loop.cancel(otherTimer)
            let old = candidate
            candidate = nil
            old?.close()
        case .beginClosing: beginClosing()
        case .close(let reason): end(reason, description)
        }
    }

    private func restartHeartbeat() {
        loop.cancel(heartbeat)
        heartbeat = loop.arm(after: options.pingInterval, self, kind: TimerKind.pingInterval)
    }

    private func upgrade() {
        loop.cancel(otherTimer)
        if let exchange = poll {
            poll = nil
            exchange.respond(Self.pollResponse([PacketType.noop.rawValue]))
        }
        webSocket = candidate
        candidate = nil
        isWebSocket.store(true, ordering: .relaxed)
        drainOutbox()
    }

    private func beginClosing() {
        unsafe direct = nil
        loop.cancel(otherTimer)
        candidate?.close()
        candidate = nil
        if webSocket == nil {
            enqueue(.close)
            otherTimer = loop.arm(after: options.closeTimeout, self, kind: TimerKind.close)
        } else if outbox.isEmpty {
            perform(machine.queueSent())
        } else {
            otherTimer = loop.arm(after: options.closeTimeout, self, kind: TimerKind.close)
        }
    }

    private func end(_ reason: CloseReason, _ description: String?) {
        endReason = reason
        loop.cancel(heartbeat)
        loop.cancel(otherTimer)
        unsafe direct = nil
        engine.forget(self)
        if let exchange = poll {
            poll = nil
            let last: PacketType = reason == .transportClose ? .noop : .close
            exchange.respond(Self.pollResponse([last.rawValue]))
        }
        _ = outbox.removeAll()
        let (webSocket, candidate, handler) = (self.webSocket, self.candidate, self.handler)
        (self.webSocket, self.candidate, self.handler) = (nil, nil, nil)
        candidate?.close()
        webSocket?.close()
        handler?.closed(reason, description: description)
    }
}

extension Session: TimerTarget {
    package func timerFired(_ kind: UInt8) {
        switch kind {
        case TimerKind.pingInterval: perform(machine.pingIntervalPassed())
        case TimerKind.pingTimeout: perform(machine.pingTimeoutPassed())
        case TimerKind.upgrade: perform(machine.candidateLost())
        default: perform(machine.queueSent())
        }
    }
}
