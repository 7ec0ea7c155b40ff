package import EngineNet

/// Messages and the end of the session's WebSocket, or of the one that it may upgrade to.
extension Session: WebSocketHandler {
    package func received(text: Span<UInt8>, on webSocket: WebSocketConnection) {
        received(text, from: webSocket === self.webSocket ? .current : .candidate)
    }

    package func received(binary: Span<UInt8>, on webSocket: WebSocketConnection) {
        guard webSocket === self.webSocket else {
            return perform(machine.received(.binary, from: .candidate))
        }
        if machine.received(.binary, from: .current) == .deliver { handler?.received(binary: binary) }
    }

    package func drained(_ webSocket: WebSocketConnection) {
        if webSocket === self.webSocket { drainOutbox() }
    }

    package func closed(_ webSocket: WebSocketConnection, violation: String?) {
        if webSocket === self.webSocket {
            unsafe direct = nil
            perform(machine.transportLost(violation: violation != nil), description: violation)
        } else if webSocket === candidate {
            candidate = nil
            perform(machine.candidateLost())
        }
    }
}
