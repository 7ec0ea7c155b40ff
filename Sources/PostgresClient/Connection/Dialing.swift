internal import EngineNet

/// One attempt to connect: the lookup of the names, then libpq's steps, each when its socket is ready for it.
///
/// A lookup that takes long does not use up the time of the other servers: after `patience` they are tried without it.
///
/// Confined to its loop. `done` is called once, on the loop and never from inside `begin`, unless `cancel` comes
/// first. It has no end of its own: who began it cancels it after a while.
final class Dialing {
    enum Outcome {
        case connected(LibpqConnection)
        case failed(String)
    }

    /// Begins to look a name up, and returns what ends that.
    typealias Lookup = (
        _ name: String, _ loop: EventLoop, _ done: @escaping (Result<[String], NetError>) -> Void
    ) throws(NetError) -> () -> Void

    private let settings: ConnectionSettings
    private let first: Int
    private let patience: Duration
    private let lookUp: Lookup
    private let loop: EventLoop
    private let onNotice: @Sendable (String) -> Void
    /// Nil when it has been called or must not be called any more.
    private var done: ((Outcome) -> Void)?
    private var lookups: [() -> Void] = []
    private var timer: TimerID?
    private var isImpatient = false
    private var unknown: Set<String> = []
    private var addresses: [String: [String]] = [:]
    private var lookupError: String?
    private var connection: LibpqConnection?
    private var socket: WatchedSocket?
    private var failure: String?

    /// - Parameters:
    ///   - first: which of the servers to try first: one that answers nothing uses up the time of the others.
    ///   - patience: how long all names are waited for; then one that is known is enough.
    init(
        _ settings: ConnectionSettings, beginningAt first: Int, patience: Duration, on loop: EventLoop,
        onNotice: @escaping @Sendable (String) -> Void, lookUp: @escaping Lookup = systemLookup,
        done: @escaping (Outcome) -> Void
    ) {
        self.settings = settings
        self.first = first
        self.patience = patience
        self.lookUp = lookUp
        self.loop = loop
        self.onNotice = onNotice
        self.done = done
    }

    func begin() {
        unknown = Set(settings.hosts.filter(\.isName).map(\.name))
        for name in unknown {
            if HostLookup.isNumeric(name) {
                found(name, .success([name]))
                continue
            }
            do throws(NetError) {
                lookups.append(try lookUp(name, loop) { [weak self] in self?.found(name, $0) })
            } catch {
                found(name, .failure(error))
            }
        }
        if settings.hosts.allSatisfy({ !$0.isName }) { connect() }
        if !unknown.isEmpty { timer = loop.arm(after: patience, self, kind: 0) }
    }

    static func systemLookup(
        _ name: String, _ loop: EventLoop, _ done: @escaping (Result<[String], NetError>) -> Void
    ) throws(NetError) -> () -> Void {
        let lookup = try HostLookup(name, on: loop, done: done)
        return { lookup.cancel() }
    }

    /// Gives up; `done` is not called any more.
    func cancel() {
        done = nil
        endLookups()
        socket?.close()
        connection?.close()
    }

    private func endLookups() {
        loop.cancel(timer)
        timer = nil
        for end in lookups { end() }
        lookups = []
    }

    private func found(_ name: String, _ result: Result<[String], NetError>) {
        guard done != nil, connection == nil else { return }
        switch result {
        case .success(let found): addresses[name] = found
        case .failure(let error): lookupError = error.description
        }
        unknown.remove(name)
        if unknown.isEmpty || isImpatient { connect() }
    }

    private func connect() {
        guard let parameters = settings.parameters(addresses: addresses, beginningAt: first) else {
            // Another lookup may still bring one.
            if unknown.isEmpty { failLater(lookupError ?? "the name has no address") }
            return
        }
        endLookups()
        let connection = LibpqConnection(parameters, onNotice: onNotice)
        self.connection = connection
        guard !connection.hasFailed else { return failLater(connection.reason) }
        wait(connection, readable: false)
    }

    /// Waits until the socket, which may be a new one, is ready for the next step.
    private func wait(_ connection: LibpqConnection, readable: Bool) {
        socket?.close()
        do throws(NetError) {
            let socket = try WatchedSocket(duplicating: connection.socket, on: loop) { [weak self] _, _ in
                self?.step(connection)
            }
            socket.wait(readable: readable, writable: !readable)
            self.socket = socket
        } catch {
            failLater(error.description)
        }
    }

    private func step(_ connection: LibpqConnection) {
        switch connection.poll() {
        case .reading: wait(connection, readable: true)
        case .writing: wait(connection, readable: false)
        case .failed: finish(.failed(connection.reason))
        case .connected:
            socket?.close()
            finish(
                connection.beginPipeline() ? .connected(connection) : .failed("libpq refuses pipeline mode"))
        }
    }

    /// Nobody is called back from inside the call that began.
    private func failLater(_ reason: String) {
        failure = reason
        loop.atTurnEnd(self)
    }

    private func finish(_ outcome: Outcome) {
        guard let done else { return }
        if case .failed = outcome {
            cancel()
        } else {
            // It belongs to the receiver now.
            self.done = nil
            connection = nil
        }
        done(outcome)
    }
}

extension Dialing: TurnEndWork {
    func turnEnds() { finish(.failed(failure ?? "nothing to try")) }
}

extension Dialing: TimerTarget {
    /// The names have been waited for long enough.
    func timerFired(_ kind: UInt8) {
        timer = nil
        isImpatient = true
        connect()
    }
}
