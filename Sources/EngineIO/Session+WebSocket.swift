package import EngineNet
internal import EngineWire

/// Messages and the end of the session's WebSocket, or of the one that it may upgrade to.
extension Session: WebSocketHandler {
    package func received(text: Span<UInt8>, on webSocket: WebSocketConnection) {
        debug(.engineWebSocket, "received text of \(text.count) bytes")
        let origin: SessionMachine.Origin = webSocket === self.webSocket ? .current : .candidate
        if text.count > 0, text[0] == PollingPayload.binaryPrefix {
            received(base64: text.extracting(1..<text.count), from: origin)
        } else {
            received(text, from: origin)
        }
    }

    package func received(binary: Span<UInt8>, on webSocket: WebSocketConnection) {
        debug(.engineWebSocket, "received \(binary.count) bytes")
        received(binary: binary, from: webSocket === self.webSocket ? .current : .candidate)
    }

    package func drained(_ webSocket: WebSocketConnection) {
        if webSocket === self.webSocket { drainOutbox() }
    }

    package func closed(_ webSocket: WebSocketConnection, violation: String?) {
        debug(.engineWebSocket, "closed\(violation.map { ": " + $0 } ?? "")")
        if webSocket === self.webSocket {
            unsafe direct = nil
            perform(machine.transportLost(violation: violation != nil), description: violation)
        } else if webSocket === candidate {
            candidate = nil
            perform(machine.candidateLost())
        }
    }
}
