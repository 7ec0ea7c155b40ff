/// Where an outbound connection goes.
package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// A name or a numeric address, and a port.
    case tcp(host: String, port: Int)
    /// The path of a Unix socket.
    case unix(path: String)

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }
}

/// Makes one outbound connection without blocking its loop: looks the name up, then tries each address in turn.
///
/// Confined to its loop. `done` is called once, on the loop and never from inside `start`, unless `cancel` comes
/// first. Whoever starts a connector cancels it when the loop ends: a lookup under way cannot know. On a loop that has
/// stopped it fails.
package final class TCPConnector {
    private enum TimerKind {
        static let wholeTime: UInt8 = 0
        static let addressTime: UInt8 = 1
    }

    package typealias Completion = (Result<TCPConnection, NetError>) -> Void

    private let loop: EventLoop
    private let endpoint: Endpoint
    private let deadline: UInt64
    /// Nil when it has been called or must not be called any more.
    private var done: Completion?
    private var addresses: ArraySlice<SystemAddress> = []
    private var lookup: NameLookup?
    private var attempt: ConnectAttempt?
    private var timer: TimerID?
    private var addressTimer: TimerID?
    private var lastError: NetError?

    /// Begins to connect. Call on the loop.
    /// - Parameter timeout: for all of it: the lookup and every address. What is left is shared by the addresses
    ///   that are left, so that one which answers nothing does not use up the time of the next.
    package static func start(
        _ endpoint: Endpoint, on loop: EventLoop, timeout: Duration, _ done: @escaping Completion
    ) -> TCPConnector {
        let connector = TCPConnector(endpoint, loop, timeout, done)
        connector.begin()
        return connector
    }

    private init(_ endpoint: Endpoint, _ loop: EventLoop, _ timeout: Duration, _ done: @escaping Completion) {
        loop.preconditionIsCurrent()
        self.loop = loop
        self.endpoint = endpoint
        self.done = done
        deadline = loop.now + timeout.wholeMilliseconds
        timer = loop.arm(after: timeout, self, kind: TimerKind.wholeTime)
    }

    /// Gives up; `done` is not called any more.
    package func cancel() {
        done = nil
        release()
    }

    private func release() {
        loop.cancel(timer)
        loop.cancel(addressTimer)
        lookup?.cancel()
        lookup = nil
        attempt?.close()
        attempt = nil
    }

    private func begin() {
        switch endpoint {
        case .unix(let path):
            guard let address = SystemAddress(unixPath: path) else {
                return failLater(NetError(what, message: "the path of a Unix socket is too long or empty"))
            }
            addresses = [address]
            tryNext()
        case .tcp(let host, let port):
            if let address = SystemAddress(numericHost: host, port: port) {
                addresses = [address]
                return tryNext()
            }
            do {
                lookup = try NameLookup.start(host, port: port, on: loop) { [weak self] in self?.lookedUp($0)
                }
            } catch { failLater(NetError(what, message: error.message)) }
        }
    }

    private var what: String { "connect to \(endpoint)" }

    private func lookedUp(_ result: Result<[SystemAddress], NetError>) {
        lookup = nil
        guard done != nil else { return }
        switch result {
        case .failure(let error): finish(.failure(error))
        case .success(let found):
            addresses = found[...]
            lastError = NetError(what, message: "the name has no address")
            tryNext()
        }
    }

    private func tryNext() {
        attempt = nil
        loop.cancel(addressTimer)
        while let address = addresses.popFirst() {
            do {
                let attempt = try ConnectAttempt(loop, address, what) { [weak self] in self?.ended($0) }
                self.attempt = attempt
                if !addresses.isEmpty {
                    let left = deadline > loop.now ? deadline - loop.now : 0
                    let share = Duration.milliseconds(left / UInt64(addresses.count + 1))
                    addressTimer = loop.arm(after: share, self, kind: TimerKind.addressTime)
                }
                return
            } catch {
                lastError = error
            }
        }
        failLater(lastError ?? NetError(what, message: "nothing to try"))
    }

    private func ended(_ outcome: ConnectAttempt.Outcome) {
        guard done != nil else { return }
        attempt = nil
        switch outcome {
        case .connected(let fd):
            finish(Result { () throws(NetError) in try TCPConnection(loop: loop, fd: fd) })
        case .loopEnds: finish(.failure(.loopEnds(what)))
        case .failed(let error):
            lastError = error
            tryNext()
        }
    }

    /// Nobody is called back from inside the call that began.
    private func failLater(_ error: NetError) {
        lastError = error
        loop.atTurnEnd(self)
    }

    private func finish(_ result: Result<TCPConnection, NetError>) {
        let done = exchange(&done, with: nil)
        release()
        done?(result)
    }
}

extension TCPConnector: TurnEndWork {
    package func turnEnds() {
        guard done != nil else { return }
        finish(.failure(lastError ?? NetError(what, message: "nothing to try")))
    }
}

extension TCPConnector: TimerTarget {
    package func timerFired(_ kind: UInt8) {
        guard done != nil else { return }
        switch kind {
        case TimerKind.addressTime:
            attempt?.close()
            tryNext()
        default:
            let doing = lookup == nil ? "no answer in time" : "the name lookup got no answer in time"
            finish(.failure(NetError(what, message: doing)))
        }
    }
}
