internal import EngineWire

/// A message of a session.
public enum Message: Sendable, Hashable {
    /// Text.
    case text(String)
    /// Bytes.
    case binary([UInt8])

    /// Its bytes as they travel.
    var size: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .binary(let bytes): bytes.count
        }
    }
}

/// Closures as a session's handler: how the library is used without a protocol above it.
final class SessionCallbacks: SessionHandler {
    var message: (@Sendable (Message) -> Void)?
    var upgrade: (@Sendable () -> Void)?
    var close: (@Sendable (CloseReason) -> Void)?
    /// Where messages wait for a reader.
    var inbox: SessionInbox?

    func received(text: Span<UInt8>) {
        guard message != nil || inbox != nil else { return }
        deliver(.text(String(lossy: text)))
    }

    func received(binary: Span<UInt8>) {
        guard message != nil || inbox != nil else { return }
        var bytes: [UInt8] = []
        bytes.append(binary)
        deliver(.binary(bytes))
    }

    private func deliver(_ received: Message) { message?(received) ?? inbox?.append(received) }

    func upgraded() { upgrade?() }

    func closed(_ reason: CloseReason, description: String?) {
        close?(reason)
        inbox?.end()
        (message, upgrade, close) = (nil, nil, nil)
    }
}

extension Session {
    private var callbacks: SessionCallbacks? { handler as? SessionCallbacks }

    /// Calls back for each message, on the session's loop and in order.
    public func onMessage(_ action: @escaping @Sendable (Message) -> Void) {
        guard loop.isCurrent else { return loop.execute { self.onMessage(action) } }
        callbacks?.message = action
    }

    /// Calls back when the session's transport has become a WebSocket, on the session's loop.
    public func onUpgrade(_ action: @escaping @Sendable () -> Void) {
        guard loop.isCurrent else { return loop.execute { self.onUpgrade(action) } }
        callbacks?.upgrade = action
    }

    /// Calls back once, when the session is over; at once if it is.
    public func onClose(_ action: @escaping @Sendable (CloseReason) -> Void) {
        guard loop.isCurrent else { return loop.execute { self.onClose(action) } }
        if let endReason { action(endReason) } else { callbacks?.close = action }
    }

    /// Sends a message as it came.
    public func send(_ message: Message) {
        switch message {
        case .text(let text): send(text)
        case .binary(let bytes): send(bytes)
        }
    }
}
