internal import EngineNet
internal import EngineWire

/// The messages of one session, in order, for one reader; ends with the session.
///
/// A reader that is slow holds its client up: when `EngineOptions.receiveQueue` bytes wait, the client is not read
/// from until half of them are taken. Meanwhile it is not timed out either.
public struct SessionMessages: AsyncSequence, Sendable {
    public typealias Element = Message
    public typealias Failure = Never

    let session: Session
    let inbox: AsyncStream<Message>

    public struct AsyncIterator: AsyncIteratorProtocol {
        public typealias Failure = Never

        let session: Session
        var messages: AsyncStream<Message>.AsyncIterator

        public mutating func next(isolation actor: isolated (any Actor)?) async -> Message? {
            guard let message = await messages.next(isolation: actor) else { return nil }
            session.taken(message.size)
            return message
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(session: session, messages: inbox.makeAsyncIterator())
    }
}

/// What waits for a session's reader. On the session's loop.
final class SessionInbox {
    /// What a message costs besides its bytes, so that many empty ones count as well.
    private static let overhead = 64

    let stream: AsyncStream<Message>
    private let continuation: AsyncStream<Message>.Continuation
    private unowned let session: Session
    private var bytes = 0

    init(_ session: Session) {
        self.session = session
        // Unbounded here, because the session is not read from beyond the bound.
        (stream, continuation) = AsyncStream.makeStream()
    }

    func append(_ message: Message) {
        bytes += message.size + Self.overhead
        continuation.yield(message)
        if bytes > session.options.receiveQueue { session.pause() }
    }

    func taken(_ size: Int) {
        bytes -= size + Self.overhead
        if bytes <= session.options.receiveQueue / 2 { session.resume() }
    }

    func end() { continuation.finish() }
}

extension Session {
    /// The session's messages, for one reader. Only of a server made without a callback: the messages of others go to
    /// `onMessage`, and this is empty.
    public var messages: SessionMessages {
        SessionMessages(session: self, inbox: inbox ?? AsyncStream { $0.finish() })
    }

    /// A reader has taken a message of this size.
    func taken(_ size: Int) {
        loop.execute { (self.handler as? SessionCallbacks)?.inbox?.taken(size) }
    }

    /// Stops reading from the client.
    func pause() {
        guard !isPaused else { return }
        isPaused = true
        webSocket?.setReading(false)
    }

    func resume() {
        guard isPaused, machine.state != .closed else { return }
        isPaused = false
        confirmPost()
        webSocket?.setReading(true)
    }
}
