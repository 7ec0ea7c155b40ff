internal import EngineNet

/// One attempt to connect: the lookup of the names, then libpq's steps, each when its socket is ready for it.
///
/// Confined to its loop. `done` is called once, on the loop and never from inside `begin`, unless `cancel` comes
/// first. It has no end of its own: who began it cancels it after a while.
final class Dialing {
    enum Outcome {
        case connected(LibpqConnection)
        case failed(String)
    }

    private let settings: ConnectionSettings
    private let first: Int
    private let loop: EventLoop
    private let onNotice: @Sendable (String) -> Void
    /// Nil when it has been called or must not be called any more.
    private var done: ((Outcome) -> Void)?
    private var lookups: [HostLookup] = []
    private var unknown: Set<String> = []
    private var addresses: [String: [String]] = [:]
    private var lookupError: String?
    private var connection: LibpqConnection?
    private var socket: WatchedSocket?
    private var failure: String?

    /// - Parameter first: which of the servers to try first: one that answers nothing uses up the time of the others.
    init(
        _ settings: ConnectionSettings, beginningAt first: Int, on loop: EventLoop,
        onNotice: @escaping @Sendable (String) -> Void,
        done: @escaping (Outcome) -> Void
    ) {
        self.settings = settings
        self.first = first
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
                lookups.append(try HostLookup(name, on: loop) { [weak self] in self?.found(name, $0) })
            } catch {
                found(name, .failure(error))
            }
        }
        if settings.hosts.allSatisfy({ !$0.isName }) { connect() }
    }

    /// Gives up; `done` is not called any more.
    func cancel() {
        done = nil
        for lookup in lookups { lookup.cancel() }
        lookups = []
        socket?.close()
        connection?.close()
    }

    private func found(_ name: String, _ result: Result<[String], NetError>) {
        guard done != nil else { return }
        switch result {
        case .success(let found): addresses[name] = found
        case .failure(let error): lookupError = error.description
        }
        unknown.remove(name)
        if unknown.isEmpty { connect() }
    }

    private func connect() {
        let isReachable = settings.hosts.contains { !$0.isName || addresses[$0.name]?.isEmpty == false }
        guard isReachable else { return failLater(lookupError ?? "the name has no address") }
        let connection = LibpqConnection(
            settings.parameters(addresses: addresses, beginningAt: first), onNotice: onNotice)
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
