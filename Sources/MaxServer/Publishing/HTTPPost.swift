import EngineNet

/// One POST request with a body of JSON, for the command line: no TLS, no redirects, and a connection of its own.
///
/// Confined to its loop; `answered` is called once.
final class HTTPPost {
    /// A server.
    struct Address: Equatable {
        var host: String
        var port: Int

        /// Reads `http://host`, with a port or without, a slash at the end or none.
        init?(_ url: String) {
            guard let origin = WebOrigin(url)?.text, origin.hasPrefix("http://") else { return nil }
            let authority = origin.dropFirst("http://".count)
            let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
            if let colon = authority[bracket...].lastIndex(of: ":") {
                guard let port = Int(authority[authority.index(after: colon)...]) else { return nil }
                (host, self.port) = (String(authority[..<colon]), port)
            } else {
                (host, port) = (String(authority), 80)
            }
            if host.hasPrefix("[") { host = String(host.dropFirst().dropLast()) }
        }

        var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    struct Answer: Equatable {
        var status: Int
        var body: [UInt8]
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Largest answer, in bytes.
    private static let largest = 1_000_000
    /// For all of it.
    private static let patience = Duration.seconds(10)

    private let loop: EventLoop
    private let address: Address
    private let request: [UInt8]
    private var answered: ((Result<Answer, Failure>) -> Void)?
    private var connector: TCPConnector?
    private var connection: TCPConnection?
    private var timer: TimerID?
    private var received: [UInt8] = []

    static func send(_ body: [UInt8], to address: Address, path: String, on loop: EventLoop) async throws
        -> Answer
    {
        let head = """
            POST \(path) HTTP/1.1\r
            Host: \(address.authority)\r
            Content-Type: application/json\r
            Content-Length: \(body.count)\r
            Connection: close\r
            \r

            """
        let request = Array(head.utf8) + body
        return try await withCheckedContinuation { continuation in
            loop.execute {
                HTTPPost(loop, address, request) { continuation.resume(returning: $0) }.begin()
            }
        }.get()
    }

    private init(
        _ loop: EventLoop, _ address: Address, _ request: [UInt8],
        _ answered: @escaping (Result<Answer, Failure>) -> Void
    ) {
        (self.loop, self.address, self.request, self.answered) = (loop, address, request, answered)
    }

    private func begin() {
        timer = loop.arm(after: Self.patience, self, kind: 0)
        // Keeps this object until it has answered.
        connector = TCPConnector.start(
            .tcp(host: address.host, port: address.port), on: loop, timeout: Self.patience
        ) { [self] result in
            connector = nil
            switch result {
            case .failure(let error): end(.failure(Failure(description: "\(error)")))
            case .success(let connection):
                guard answered != nil else { return connection.close() }
                self.connection = connection
                connection.start(self)
                connection.write(request)
            }
        }
    }

    private func end(_ result: Result<Answer, Failure>) {
        guard let answered = exchange(&answered, with: nil) else { return }
        loop.cancel(timer)
        connector?.cancel()
        connector = nil
        let old = exchange(&connection, with: nil)
        old?.close()
        answered(result)
    }

    /// The answer of a server that has closed behind it: its status, and the bytes behind its head.
    private func whole() -> Answer? {
        let end = Array("\r\n\r\n".utf8)
        guard let line = received.firstIndex(of: UInt8(ascii: "\r")),
            let head = received.indices.first(where: { received[$0...].starts(with: end) })
        else { return nil }
        let words = String(decoding: received[..<line], as: UTF8.self).split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
        return Answer(status: status, body: Array(received[(head + end.count)...]))
    }
}

extension HTTPPost: ConnectionHandler {
    func received(_ bytes: inout MutableSpan<UInt8>) -> Int {
        let span = bytes.span
        guard received.count + span.count <= Self.largest else {
            end(.failure(Failure(description: "\(address.authority) answers too much")))
            return span.count
        }
        for index in span.indices { received.append(span[index]) }
        return span.count
    }

    func drained() {}

    func closed(_ error: NetError?) {
        if let answer = whole() { return end(.success(answer)) }
        end(.failure(Failure(description: error?.description ?? "\(address.authority) is no HTTP server")))
    }
}

extension HTTPPost: TimerTarget {
    func timerFired(_ kind: UInt8) {
        end(.failure(Failure(description: "\(address.authority) has not answered in \(Self.patience)")))
    }
}
