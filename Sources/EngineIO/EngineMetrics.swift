public import EngineNet

/// What one loop counts, from its start on.
struct EngineCounters {
    /// A refusal's code and the name of its context.
    struct ErrorKind: Hashable {
        let code: EngineError
        let context: String

        init(_ error: ConnectionError) {
            code = error.code
            context = error.context.name
        }
    }

    var handshakes: [Transport: Int] = [:]
    var upgrades = 0
    var errors: [ErrorKind: Int] = [:]
    var closes: [CloseReason: Int] = [:]
    var packetsReceived = 0
    var bytesReceived = 0
    var packetsSent = 0
    var bytesSent = 0

    @inline(__always)
    mutating func sent(_ packets: Int, bytes: Int) {
        packetsSent &+= packets
        bytesSent &+= bytes
    }

    @inline(__always)
    mutating func received(bytes: Int) {
        packetsReceived &+= 1
        bytesReceived &+= bytes
    }
}

/// Figures of an Engine.IO server: gauges are of now, counters from the start on.
public struct EngineMetrics: Sendable {
    /// Requests refused for one cause.
    public struct Refusals: Sendable {
        /// The code of the answer.
        public var code: EngineError
        /// `ConnectionError.Context.name`.
        public var context: String
        /// How many requests.
        public var count: Int

        package init(code: EngineError, context: String, count: Int) {
            self.code = code
            self.context = context
            self.count = count
        }
    }

    /// Sessions open now.
    public var sessions: [Transport: Int] = [:]
    /// Sessions opened, by the transport that they began with.
    public var handshakes: [Transport: Int] = [:]
    /// Polling sessions that became WebSockets.
    public var upgrades = 0
    /// Requests refused, by cause; in no particular order.
    public var refusals: [Refusals] = []
    /// Sessions that ended, by reason.
    public var closes: [CloseReason: Int] = [:]
    /// Packets received, of every type.
    public var packetsReceived = 0
    /// Bytes of the packets received, without frames and HTTP heads.
    public var bytesReceived = 0
    /// Messages sent, heartbeat and handshake aside.
    public var packetsSent = 0
    /// Bytes of the frames sent, or of what a polling answer was made of.
    public var bytesSent = 0
    /// Bytes that wait for clients now.
    public var queuedBytes = 0
    /// How busy each loop was.
    public var loops: [LoopLoad] = []
    /// The HTTP server below.
    public var http = HTTPServer.Metrics()

    package init() {}

    init(_ counters: EngineCounters) {
        handshakes = counters.handshakes
        upgrades = counters.upgrades
        refusals = counters.errors.map {
            Refusals(code: $0.key.code, context: $0.key.context, count: $0.value)
        }
        closes = counters.closes
        packetsReceived = counters.packetsReceived
        bytesReceived = counters.bytesReceived
        packetsSent = counters.packetsSent
        bytesSent = counters.bytesSent
    }

    /// Adds what another loop counted.
    mutating func add(_ other: EngineMetrics) {
        sessions.merge(other.sessions, uniquingKeysWith: +)
        handshakes.merge(other.handshakes, uniquingKeysWith: +)
        upgrades += other.upgrades
        for refusal in other.refusals {
            if let i = refusals.firstIndex(where: {
                $0.code == refusal.code && $0.context == refusal.context
            }) {
                refusals[i].count += refusal.count
            } else {
                refusals.append(refusal)
            }
        }
        closes.merge(other.closes, uniquingKeysWith: +)
        packetsReceived += other.packetsReceived
        bytesReceived += other.bytesReceived
        packetsSent += other.packetsSent
        bytesSent += other.bytesSent
        queuedBytes += other.queuedBytes
        loops += other.loops
    }
}
