public import EngineNet
public import EngineWire
internal import Synchronization

/// What uses a session. Called on the session's loop.
package protocol SessionHandler: AnyObject {
    /// A text message; the bytes are UTF-8 and valid for the call only.
    func received(text: Span<UInt8>)
    /// A binary message; the bytes are valid for the call only.
    func received(binary: Span<UInt8>)
    /// The session's transport is a WebSocket from now on.
    func upgraded()
    /// The session is over; nothing follows.
    func closed(_ reason: CloseReason, description: String?)
}

/// One client of an Engine.IO server, whatever transport carries it.
///
/// Belongs to one loop for life. Public methods may be called from any thread: on the loop they act at once,
/// elsewhere they are passed to it in order.
@safe
public final class Session: @unchecked Sendable {
    // Proof of sendability: `id`, `request`, `peer`, `engine` and `isInternetExplorer` never change, `inbox` not after the
    // session was handed out, `isWebSocket` is atomic; all else is touched on the loop only, which every public
    // method makes sure of.

    enum TimerKind {
        static let pingInterval: UInt8 = 0
        static let pingTimeout: UInt8 = 1
        static let upgrade: UInt8 = 2
        static let close: UInt8 = 3
        static let pollRelease: UInt8 = 4
    }

    /// How messages are written to the session's WebSocket, or what takes them in its place.
    enum Form {
        /// As their frames stand in `PreparedMessage`: the only one that a fan-out writes directly.
        case plain
        /// Binary as text in base64, because the client asked for it (`b64`).
        case base64
        /// Compressed, if that is worth it (RFC 7692).
        case compressed(CompressedWriter)
        /// Not at all: there is no WebSocket, and the client is in this process.
        case inProcess(LocalTransport)
    }

    /// The session's name on the wire, known to its client only.
    public let id: SessionID
    /// The request that opened the session.
    public let request: HTTPRequest
    /// Where the connection came from that opened the session: the client, or a proxy.
    public let peer: SocketAddress
    /// Whether the connection that opened the session is encrypted up to this server.
    public let isSecure: Bool
    /// The client's numeric address, behind the proxies that are trusted.
    public var address: String { engine.admission.client(request, peer: peer) }
    package let engine: EngineWorker
    private let isWebSocket: Atomic<Bool>
    /// Of no account over polling.
    @safe @exclusivity(unchecked) var form: Form
    /// Whether the client says to be an Internet Explorer, which saw an attack in answers that quote requests.
    let isInternetExplorer: Bool
    /// Messages for the reader of `messages`.
    var inbox: AsyncStream<Message>?

    @safe @exclusivity(unchecked) var machine: SessionMachine
    @safe @exclusivity(unchecked) var handler: (any SessionHandler)?
    @safe @exclusivity(unchecked) var webSocket: WebSocketConnection?
    var candidate: WebSocketConnection?
    /// The GET that waits for packets.
    @safe @exclusivity(unchecked) var poll: PollingExchange?
    /// The answer to the poll before, which a slow client may still be taking.
    var lastAnswer: HTTPExchange?
    /// The POST whose body is on its way, or whose answer waits for a slow reader.
    @safe @exclusivity(unchecked) var post: PollingExchange?
    var heartbeat: TimerID?
    var otherTimer: TimerID?
    @safe @exclusivity(unchecked) var outbox = SendQueue()
    /// While a ping waits in the queue: what the client had taken of what is before it when that was looked at last.
    var takenBeforePing: Int?
    var isScheduledForTurnEnd = false
    /// Whether the timer runs that ends the poll of a client which upgrades.
    var isReleasingPolls = false
    var isPaused = false
    var endReason: CloseReason?
    var flushWaiters: [CheckedContinuation<Bool, Never>] = []

    /// The WebSocket's connection while messages may be written straight to it: nothing is queued before them.
    @exclusivity(unchecked) var direct: Unmanaged<TCPConnection>?
    /// Marks the session during one broadcast: already reached, or excepted.
    @safe @exclusivity(unchecked) package var broadcastMark: UInt64 = 0

    convenience init(
        id: SessionID, request: EngineRequest, transport: Transport, engine: EngineWorker
    ) {
        self.init(
            id: id, request: request.http, peer: request.exchange.peer, isSecure: request.exchange.isSecure,
            form: request.isBase64 ? .base64 : .plain, transport: transport, engine: engine)
    }

    init(
        id: SessionID, request: HTTPRequest, peer: SocketAddress, isSecure: Bool, form: Form,
        transport: Transport, engine: EngineWorker
    ) {
        self.id = id
        self.request = request
        self.peer = peer
        self.engine = engine
        self.isSecure = isSecure
        self.form = form
        let agent = transport == .polling ? request.field("user-agent") ?? "" : ""
        isInternetExplorer = !agent.isEmpty && (agent.contains(";MSIE") || agent.contains("Trident/"))
        machine = SessionMachine(transport: transport)
        isWebSocket = Atomic(transport == .webSocket)
    }

    var loop: EventLoop { engine.loop }
    var options: EngineOptions { engine.options }

    /// Writes a line about this session, if it is wanted.
    @inline(__always)
    func debug(_ scope: DebugLog.Scope, _ message: @autoclosure () -> String) {
        engine.debug(scope, "\(id.tag) \(message())")
    }

    /// The transport in use.
    public var transport: Transport { isWebSocket.load(ordering: .relaxed) ? .webSocket : .polling }

    // MARK: Sending

    /// Sends a text message.
    /// - Parameters:
    ///   - text: the message, without the packet's type.
    ///   - compress: whether the message may be compressed, where compression is on.
    ///   - volatile: drop the message if the client cannot take it now.
    public func send(_ text: String, compress: Bool = true, volatile: Bool = false) {
        var packet: [UInt8] = [PacketType.message.rawValue]
        packet.append(contentsOf: text.utf8)
        send(PreparedMessage(textPacket: packet.span, compress: compress), volatile: volatile)
    }

    /// Sends a binary message.
    public func send(_ bytes: [UInt8], compress: Bool = true, volatile: Bool = false) {
        send(PreparedMessage(binary: bytes.span, compress: compress), volatile: volatile)
    }

    /// Sends a message that was encoded before.
    public func send(_ message: PreparedMessage, volatile: Bool = false) {
        guard loop.isCurrent else { return loop.execute { self.send(message, volatile: volatile) } }
        guard machine.isOpen, !message.parts.isEmpty, !volatile || isWritable else { return }
        engine.counters.sent(message.parts.count, bytes: message.size)
        if let webSocket = directWebSocket, message.size < EngineWorker.bulk {
            webSocket.send(frames: message.frames)
        } else {
            enqueue(message)
        }
    }

    /// Sends a text packet with its type in front (`4…`) without making a message of it, if it can leave now. On
    /// the loop.
    @inline(__always)
    package func send(textPacket: Span<UInt8>) {
        if let webSocket = directWebSocket, textPacket.count < EngineWorker.bulk {
            engine.counters.sent(1, bytes: textPacket.count)
            webSocket.send(.text, textPacket)
        } else {
            send(PreparedMessage(textPacket: textPacket))
        }
    }

    /// Sends the text packet, with its type in front, that `write` appends to an empty array. On the loop.
    package func sendTextPacket(_ write: (inout [UInt8]) -> Void) {
        var packet = exchange(&engine.scratch, with: [])
        packet.removeAll(keepingCapacity: true)
        write(&packet)
        send(textPacket: packet.span)
        if packet.capacity <= EngineWorker.scratchLimit { engine.scratch = packet }
    }

    /// Waits until everything that was sent before has left: to the client's connection, or in the answer to a poll.
    /// - Returns: false if the session ended before.
    @discardableResult
    public func flushed() async -> Bool {
        await withCheckedContinuation { continuation in
            let isTaken = loop.offer { self.whenFlushed(continuation) }
            if !isTaken { continuation.resume(returning: false) }
        }
    }

    // MARK: Closing

    /// Closes the session.
    /// - Parameter discarding: drop what is queued instead of sending it first.
    public func close(discarding: Bool = false) {
        guard loop.isCurrent else { return loop.execute { self.close(discarding: discarding) } }
        perform(machine.closeRequested(discardingQueue: discarding))
    }

    /// Ends the session because its client broke the protocol above. On the loop.
    package func fail(_ reason: CloseReason, _ description: String) {
        perform(machine.failed(reason), description: description)
    }

    // MARK: For the engine, on the loop

    package func setHandler(_ handler: any SessionHandler) { self.handler = handler }

    func becameWebSocket() { isWebSocket.store(true, ordering: .relaxed) }
}
