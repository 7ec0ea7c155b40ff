internal import Foundation
import Synchronization

/// A TCP connection to a server under test. Every wait has a deadline.
package final class TCPTestClient: Sendable {
    /// The server ended the connection while the test waited for more.
    package struct Ended: Error, CustomStringConvertible {
        package var awaited: String
        package var unread: [UInt8]
        package var description: String {
            "the connection ended before \(awaited); unread: \(String(decoding: unread.prefix(300), as: UTF8.self))"
        }
    }

    /// What the test waited for did not come in time.
    package struct TooLate: Error, CustomStringConvertible {
        package var awaited: String
        package var unread: [UInt8]
        package var description: String {
            "\(awaited) did not come in time; unread: \(String(decoding: unread.prefix(300), as: UTF8.self))"
        }
    }

    package struct Failed: Error, CustomStringConvertible {
        package var attempt: String
        package var code: Int32
        package var description: String { unsafe "cannot \(attempt): \(String(cString: strerror(code)))" }
    }

    /// How long a wait lasts at most: ample, because a busy machine is slow and waiting costs nothing.
    package static let patience = Duration.seconds(10)

    private struct State {
        /// -1 when closed.
        var descriptor: Int32
        var queue = ByteQueue()
        var hasEnded = false
        /// Encrypts, once `startTLS` has been called.
        var tls: TLSTestLayer?
    }

    private let state: Mutex<State>

    private init(descriptor: Int32) { state = Mutex(State(descriptor: descriptor)) }

    deinit { close() }

    // MARK: Opening and closing

    /// Connects to a port of this machine, with TLS if the task has set `TLSTestSettings.current`.
    /// - Parameter receiveBuffer: bytes that the system keeps for a reader that does not read.
    package static func connect(port: Int, receiveBuffer: Int32? = nil) async throws -> TCPTestClient {
        let descriptor = TestSocket.make()
        guard descriptor >= 0 else { throw Failed(attempt: "make a socket", code: errno) }
        let client = TCPTestClient(descriptor: descriptor)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if let receiveBuffer { setOption(descriptor, SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 {
            guard errno == EINPROGRESS else { throw Failed(attempt: "connect", code: errno) }
            try await client.wait(for: .writable, "the connection", until: .now + patience)
            var code: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
            guard code == 0 else { throw Failed(attempt: "connect", code: code) }
        }
        if let settings = TLSTestSettings.current { try await client.startTLS(settings) }
        return client
    }

    private static func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        unsafe _ = setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Closes the connection in order.
    package func close() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            SocketPoller.shared.forget(state.descriptor)
            _ = Foundation.close(state.descriptor)
            state.descriptor = -1
        }
    }

    /// Cuts the connection off, as a crash of the client does: the server gets a reset.
    package func reset() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            var linger = linger(l_onoff: 1, l_linger: 0)
            unsafe _ = setsockopt(
                state.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        }
        close()
    }

    /// Ends the connection both ways. Unlike `close` it may be called while somebody waits on it: the wait ends.
    package func shutDown() {
        state.withLock { if $0.descriptor >= 0 { _ = shutdown($0.descriptor, Int32(SHUT_RDWR)) } }
    }

    /// Tells the server that nothing more will be sent; answers can still come.
    package func finishSending() {
        state.withLock { _ = shutdown($0.descriptor, Int32(SHUT_WR)) }
    }

    // MARK: Sending

    package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) async throws {
        try await sendRaw(state.withLock { try $0.tls?.encrypt(bytes) ?? bytes })
    }

    /// Sends bytes that are not to be encrypted.
    package func sendRaw(_ bytes: [UInt8]) async throws {
        let deadline = ContinuousClock.now + Self.patience
        var rest = bytes[...]
        while !rest.isEmpty {
            let (sent, code) = state.withLock { state in
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe Foundation.send(state.descriptor, $0.baseAddress, $0.count, Self.noSignal)
                }
                return (sent, errno)
            }
            if sent >= 0 {
                rest = rest.dropFirst(sent)
            } else if code == EAGAIN || code == EWOULDBLOCK {
                try await wait(for: .writable, "room to send", until: deadline)
            } else {
                throw Failed(attempt: "send", code: code)
            }
        }
    }

    #if canImport(Glibc)
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #else
        private static let noSignal: Int32 = 0
    #endif

    #if os(Linux)
        /// TCP segments with data that came from the server: on loopback one for each of its system calls.
        package var segmentsReceived: Int {
            state.withLock { state in
                var info = [UInt32](repeating: 0, count: 64)
                var length = socklen_t(4 * info.count)
                unsafe getsockopt(state.descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &length)
                // `tcpi_data_segs_in` of linux/tcp.h, which the C library's own header lacks.
                return Int(info[38])
            }
        }
    #endif

    // MARK: TLS

    /// Encrypts from here on.
    package func startTLS(_ settings: TLSTestSettings = TLSTestSettings()) async throws {
        let tls = try TLSTestLayer(settings)
        try await finishHandshake(of: tls)
        try state.withLock { state in
            state.tls = tls
            // What came behind the handshake.
            state.queue.append(try tls.decrypt())
        }
    }

    /// Plays a handshake to its end, or from where it stands.
    private func finishHandshake(of tls: TLSTestLayer) async throws {
        while true {
            let step = Result { try tls.handshake() }
            // An alert is sent even if the handshake has failed.
            try await sendRaw(tls.takeOutput())
            try step.get()
            if tls.isHandshakeDone { return }
            tls.receive(try await next("the handshake") { $0.isEmpty ? nil : $0.takeAll() })
        }
    }

    /// What the TLS of this connection tells; nil without TLS.
    package func tls<Value: Sendable>(_ ask: (TLSTestLayer) throws -> Value) rethrows -> Value? {
        try state.withLock { try $0.tls.map(ask) }
    }

    // MARK: Receiving

    /// Waits until `take` finds what it looks for at the front of what has arrived.
    package func next<Value: Sendable>(
        _ awaited: String, within time: Duration = patience,
        _ take: @Sendable (inout ByteQueue) throws -> Value?
    ) async throws -> Value {
        let deadline = ContinuousClock.now + time
        while true {
            if let value = try state.withLock({ try take(&$0.queue) }) { return value }
            guard try await receiveMore(awaited, until: deadline) else {
                throw Ended(awaited: awaited, unread: state.withLock { $0.queue.takeAll() })
            }
        }
    }

    /// Waits for the server's end of the connection.
    /// - Returns: what came before it.
    package func end(within time: Duration = patience) async throws -> [UInt8] {
        let deadline = ContinuousClock.now + time
        while try await receiveMore("the connection's end", until: deadline) {}
        return state.withLock { $0.queue.takeAll() }
    }

    /// Waits for bytes; false when the connection is over.
    private func receiveMore(_ awaited: String, until deadline: ContinuousClock.Instant) async throws -> Bool
    {
        while true {
            let received = try state.withLock { state in
                if state.hasEnded || state.descriptor < 0 { return 0 }
                var bytes = [UInt8](repeating: 0, count: 65_536)
                let count = unsafe recv(state.descriptor, &bytes, bytes.count, 0)
                if count > 0, let tls = state.tls {
                    tls.receive(bytes[..<count])
                    state.queue.append(try tls.decrypt())
                } else if count > 0 {
                    state.queue.append(bytes[..<count])
                }
                // A reset is an end, too.
                if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { state.hasEnded = true }
                return state.hasEnded ? 0 : count
            }
            if received >= 0 { return received > 0 }
            try await wait(for: .readable, awaited, until: deadline)
        }
    }

    private func wait(
        for readiness: SocketPoller.Readiness, _ awaited: String, until deadline: ContinuousClock.Instant
    ) async throws {
        let descriptor = state.withLock { $0.descriptor }
        guard await SocketPoller.shared.wait(for: readiness, on: descriptor, until: deadline) else {
            throw TooLate(awaited: awaited, unread: state.withLock { $0.queue.takeAll() })
        }
    }
}
