internal import EngineNet

/// What lives on a link. Called on the loop.
protocol RedisLinkUser: AnyObject {
    /// A reply that belongs neither to the greeting nor to nobody.
    func received(_ reply: RedisReply)
    /// The link's own `PING` went out: its answer is the next one, in order.
    func pingSent()
    func becameLive()
    /// It was live. What was sent will not be answered.
    func wentDown(_ error: String)
}

/// Drives a `RedisMachine`: the connection, its bytes, its timer, and the news about them. Confined to its loop.
final class RedisLink {
    let loop: EventLoop
    weak var user: (any RedisLinkUser)?
    /// Messages that the user delivered, and those that were too long for it.
    var messages = 0
    private(set) var tooLong = 0
    private var tooLongReportedAt: ContinuousClock.Instant?
    private(set) var machine: RedisMachine
    private let shared: SharedStatus
    private let onState: @Sendable (RedisState) -> Void
    private var reporter: RedisReporter
    private let url: RedisURL
    private let options: RedisOptions
    private let greeting: RedisGreeting
    private var connector: TCPConnector?
    private var connection: TCPConnection?
    private var wire: RedisWire?
    private var timer: (id: TimerID, due: ContinuousClock.Instant)?
    /// Events that came while another was handled.
    private var events: [RedisMachine.Event] = []
    private var isHandling = false

    init(
        _ url: RedisURL, _ options: RedisOptions, on loop: EventLoop, _ shared: SharedStatus,
        _ onState: @escaping @Sendable (RedisState) -> Void
    ) {
        self.loop = loop
        self.shared = shared
        self.onState = onState
        reporter = RedisReporter(place: url.description, interval: options.timing.reportInterval)
        self.url = url
        self.options = options
        greeting = RedisGreeting(url, clientName: options.clientName)
        machine = RedisMachine(timing: options.timing, greeting: greeting.steps)
    }

    /// Feeds the machine and does what it says, one event after the other.
    func handle(_ event: RedisMachine.Event) {
        guard !isHandling else { return events.append(event) }
        isHandling = true
        handleOne(event)
        while !events.isEmpty { handleOne(events.removeFirst()) }
        isHandling = false
    }

    /// Bytes came. On the hot path, so nobody is told.
    fileprivate func heard() {
        machine.heard(at: .now)
    }

    private func handleOne(_ event: RedisMachine.Event) {
        let old = machine.summary
        let actions = machine.handle(event, at: .now, jitter: Double.random(in: 0.5...1))
        for action in actions { perform(action) }
        armTimer()
        publishStatus()
        let new = machine.summary
        if let news = reporter.line(from: old, to: new, at: .now) { options.log(news) }
        if new != old { onState(new) }
    }

    /// Counts a message that was too long, and says so now and then.
    func dropTooLong(bytes: Int) {
        tooLong += 1
        let now = ContinuousClock.now
        guard tooLongReportedAt.map({ now - $0 >= options.timing.reportInterval }) ?? true else { return }
        tooLongReportedAt = now
        options.log(
            .trouble("Redis at \(url) sent a message of \(bytes) bytes, which was dropped; \(tooLong) so far")
        )
    }

    private func publishStatus() { shared.update(machine, messages: messages, tooLong: tooLong) }

    private func perform(_ action: RedisMachine.Action) {
        switch action {
        case .connect: connect()
        case .greet: for command in greeting.commands { write(command.encoded()) }
        case .subscribe(let channels, let patterns):
            if !channels.isEmpty { write(RedisCommand("SUBSCRIBE", channels).encoded()) }
            if !patterns.isEmpty { write(RedisCommand("PSUBSCRIBE", patterns).encoded()) }
        case .unsubscribe(let channels, let patterns):
            if !channels.isEmpty { write(RedisCommand("UNSUBSCRIBE", channels).encoded()) }
            if !patterns.isEmpty { write(RedisCommand("PUNSUBSCRIBE", patterns).encoded()) }
        case .ping:
            write(RedisCommand("PING").encoded())
            user?.pingSent()
        case .disconnect: disconnect()
        case .becomeLive: user?.becameLive()
        case .goDown(let error): user?.wentDown(error)
        }
    }

    /// Sends bytes at the end of this turn; nothing if there is no connection.
    func write(_ bytes: [UInt8]) { connection?.write(bytes) }

    // MARK: The connection

    private func connect() {
        connector = TCPConnector.start(url.endpoint, on: loop, timeout: options.timing.connectTimeout) {
            [weak self] result in
            guard let self else {
                if case .success(let connection) = result { connection.close() }
                return
            }
            connector = nil
            switch result {
            case .success(let connection):
                let wire = RedisWire(self, RedisReplyReader(limits: options.limits))
                self.wire = wire
                self.connection = connection
                connection.start(wire)
                handle(.connected)
            case .failure(let error):
                handle(.connectFailed(error.description))
            }
        }
    }

    private func disconnect() {
        connector?.cancel()
        connector = nil
        // The wire forgets the link first: what the connection still says concerns nobody.
        wire?.link = nil
        wire = nil
        let old = connection
        connection = nil
        old?.close()
    }

    /// All replies of one read have been handled.
    fileprivate func readEnded() { shared.update(messages: messages, tooLong: tooLong) }

    fileprivate func received(_ reply: RedisReply) {
        guard machine.isAuthenticating else {
            user?.received(reply)
            return
        }
        if case .error(let text) = reply {
            handle(.greetingAnswered(error: text))
        } else {
            handle(.greetingAnswered(error: nil))
        }
    }

    // MARK: The timer

    /// One timer at most. When the deadline moves away, the old one fires for nothing and is armed anew; so
    /// a stream of messages arms none.
    private func armTimer() {
        guard let deadline = machine.deadline else { return cancelTimer() }
        if let timer, timer.due <= deadline { return }
        cancelTimer()
        let wait = max(.zero, deadline - .now)
        timer = (loop.arm(after: wait, self, kind: 0), deadline)
    }

    private func cancelTimer() {
        loop.cancel(timer?.id)
        timer = nil
    }
}

extension RedisLink: TimerTarget {
    func timerFired(_ kind: UInt8) {
        timer = nil
        handle(.timerFired)
    }
}

/// The handler of one connection: bytes into replies. A new one for each, so that none is taken for another.
private final class RedisWire: ConnectionHandler {
    weak var link: RedisLink?
    private let reader: RedisReplyReader

    init(_ link: RedisLink, _ reader: RedisReplyReader) {
        self.link = link
        self.reader = reader
    }

    func received(_ bytes: inout MutableSpan<UInt8>) -> Int {
        link?.heard()
        do throws(RedisProtocolError) {
            // The link lets go of this wire when a reply makes it disconnect; the rest is for nobody.
            try reader.read(bytes.span) { link?.received($0) }
            link?.readEnded()
        } catch {
            link?.handle(.lost(error.description))
        }
        return bytes.count
    }

    func drained() {}

    func closed(_ error: NetError?) {
        link?.handle(.lost(error?.description ?? "Redis closed the connection"))
    }
}
