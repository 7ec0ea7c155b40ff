package import EngineWire

/// What uses a WebSocket. Called on its loop.
package protocol WebSocketHandler: AnyObject {
    func received(text: Span<UInt8>, on webSocket: WebSocketConnection)
    func received(binary: Span<UInt8>, on webSocket: WebSocketConnection)
    /// What had to wait has left; the WebSocket is no longer blocked.
    func drained(_ webSocket: WebSocketConnection)
    /// The WebSocket is over; nothing follows.
    /// - Parameter violation: how the peer broke the protocol; nil if it closed, or its connection was lost.
    func closed(_ webSocket: WebSocketConnection, violation: String?)
}

/// What a WebSocket may cost, and what the answer to its handshake says.
package struct WebSocketOptions {
    package var limits = WebSocketLimits()
    /// Fields of the answer, e.g. the subprotocol chosen.
    package var fields = HTTPFields()
    /// What was agreed upon about compression, and what inflates the client's messages; nil for none.
    package var compression: (agreement: DeflateAgreement, inflater: MessageInflater)?

    package init() {}
}

/// One WebSocket, server side: frames in become messages, messages out become frames of the loop's log.
package final class WebSocketConnection: ConnectionHandler {
    /// The connection below, for the fan-out, which adds places of the log to it directly.
    package let tcp: TCPConnection
    @safe @exclusivity(unchecked) private var decoder: WebSocketDecoder
    @safe @exclusivity(unchecked) private var handler: (any WebSocketHandler)?
    private var violation: String?
    @safe @exclusivity(unchecked) private var sentClose = false
    @safe @exclusivity(unchecked) private var isPaused = false
    private let share: HTTPServer.LoopShare
    /// Payload of a ping that came while the peer did not read.
    private var owedPong: [UInt8]?
    /// How compressed messages may be written; nil for not at all.
    package let compression: DeflateAgreement?

    init(_ tcp: TCPConnection, _ options: WebSocketOptions, share: HTTPServer.LoopShare) {
        self.tcp = tcp
        self.share = share
        share.webSockets += 1
        compression = options.compression?.agreement
        decoder = WebSocketDecoder(limits: options.limits, inflater: options.compression?.inflater)
    }

    /// Gives the WebSocket its user, and the user the frames that came with the handshake.
    package func start(_ handler: any WebSocketHandler) {
        setHandler(handler)
        tcp.processUnread()
    }

    /// Stops or resumes reading. Frames that have come already wait.
    package func setReading(_ isReading: Bool) {
        isPaused = !isReading
        tcp.setPaused(isPaused)
        if isReading { tcp.processUnread() }
    }

    package func setHandler(_ handler: (any WebSocketHandler)?) { self.handler = handler }

    package var isOpen: Bool { !sentClose && tcp.isOpen }

    /// Whether earlier messages have not left yet.
    package var isBlocked: Bool { tcp.isBlocked }

    // MARK: Sending

    @inline(__always)
    package func send(_ opcode: WebSocketOpcode, _ payload: Span<UInt8>) {
        guard isOpen else { return }
        let loop = tcp.loop
        loop.makeRoom()
        let start = loop.log.count
        loop.log.appendFrameHeader(opcode, payload: payload.count)
        loop.log.append(payload)
        tcp.add(start, loop.log.count)
    }

    /// Sends bytes that are whole frames.
    package func send(frames: [UInt8]) {
        guard isOpen else { return }
        tcp.write(frames)
    }

    /// Begins the closing handshake. Messages that were sent before leave first.
    /// - Parameter code: nil sends a close frame without a code, as a plain `close()` does.
    package func close(code: UInt16? = nil, reason: String = "") { end(code, reason, isPeerDone: false) }

    /// - Parameter isPeerDone: whether the peer has sent its close frame, its last (RFC 6455 section 5.5.1).
    private func end(_ code: UInt16?, _ reason: String, isPeerDone: Bool) {
        guard isOpen else { return }
        sentClose = true
        tcp.write(code.map { WebSocketFrame.close(code: $0, reason: reason) } ?? [0x88, 0x00])
        tcp.closeAfterWrites(isPeerDone: isPeerDone)
    }

    // MARK: Receiving

    package func received(_ bytes: inout MutableSpan<UInt8>) -> Int {
        var offset = 0
        do {
            while offset < bytes.count, isOpen, !isPaused, let handler {
                switch try decoder.next(in: &bytes, at: &offset) {
                case .needsMore: return offset
                case .fragment: break
                case .text(let payload): handler.received(text: bytes.span.extracting(payload), on: self)
                case .binary(let payload): handler.received(binary: bytes.span.extracting(payload), on: self)
                case .assembledText:
                    let message = decoder.takeAssembled()
                    handler.received(text: message.span, on: self)
                case .assembledBinary:
                    let message = decoder.takeAssembled()
                    handler.received(binary: message.span, on: self)
                case .ping(let payload):
                    pinged(bytes.span.extracting(payload))
                case .pong: break
                case .close(let code, _): end(code == 1005 ? nil : code, "", isPeerDone: true)
                }
            }
        } catch {
            violation = error.reason
            close(code: error.closeCode, reason: error.reason)
        }
        return offset
    }

    /// Answers a ping now or, if the peer does not read, before the next message: the last ping alone, which RFC 6455
    /// section 5.5.3 allows, because more pongs would only pile up.
    private func pinged(_ payload: Span<UInt8>) {
        guard isBlocked else { return send(.pong, payload) }
        var bytes: [UInt8] = []
        bytes.append(payload)
        owedPong = bytes
    }

    package func drained() {
        if let payload = exchange(&owedPong, with: nil) { send(.pong, payload.span) }
        handler?.drained(self)
    }

    package func closed(_ error: NetError?) {
        sentClose = true
        share.webSockets -= 1
        let old = exchange(&handler, with: nil)
        old?.closed(self, violation: violation)
    }
}
