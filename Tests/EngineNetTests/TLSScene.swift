import EngineNet
import Foundation
import Synchronization
import TestSupport

/// The server's end of a connection under test: notes what it gets, and sends it back if it is to echo.
final class TLSServerEnd: PausesWhenFull, @unchecked Sendable {
    // Proof of sendability: `tcp` is used on its loop only; `notes` is behind a lock.

    struct Notes: Sendable {
        var received: [UInt8] = []
        var wasBlocked = false
        var largestBacklog = 0
        var isClosed = false
        var error: NetError?
        var isSecure = false
        var version: TLSConfiguration.Version?
        var peerSubject: String?
    }

    let tcp: TCPConnection
    private let echoes: Bool
    private let state = Mutex(Notes())

    var notes: Notes { state.withLock { $0 } }
    var text: String { String(decoding: notes.received, as: UTF8.self) }

    init(_ tcp: TCPConnection, echoes: Bool) {
        self.tcp = tcp
        self.echoes = echoes
    }

    func received(_ bytes: inout MutableSpan<UInt8>) -> Int {
        let (isBlocked, backlog) = (tcp.isBlocked, tcp.backlogCount)
        let (version, peerSubject, isSecure) = (tcp.tlsVersion, tcp.peerSubject, tcp.isSecure)
        state.withLock { state in
            (state.version, state.peerSubject, state.isSecure) = (version, peerSubject, isSecure)
            if isBlocked { state.wasBlocked = true }
            state.largestBacklog = max(state.largestBacklog, backlog)
            if !echoes || !isBlocked {
                unsafe bytes.span.withUnsafeBufferPointer { unsafe state.received.append(contentsOf: $0) }
            }
        }
        guard echoes else { return bytes.count }
        guard !isBlocked else { return 0 }
        tcp.write(bytes.span)
        return bytes.count
    }

    func drained() { tcp.processUnread() }

    func closed(_ error: NetError?) {
        state.withLock { state in
            state.isClosed = true
            state.error = error
        }
    }

    /// Does something with the connection, on its loop, and waits for that.
    @discardableResult
    func onLoop<Value: Sendable>(_ work: @escaping @Sendable (TCPConnection) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            tcp.loop.execute { continuation.resume(returning: work(self.tcp)) }
        }
    }
}

/// A server's loop, and connections between it and clients of the test.
final class TLSScene: Sendable {
    let group: EventLoopGroup
    let context: TLSContext

    init(_ configuration: TLSConfiguration, loops: Int = 1) throws {
        context = try TLSContext(configuration)
        group = EventLoopGroup(count: loops)
    }

    deinit { group.stop() }

    /// A server that is called `localhost`, and whose files go with the scene.
    static func plain(_ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> TLSScene {
        let files = try TestTLSFiles()
        var configuration = TLSConfiguration(certificateChain: files.chain, privateKey: files.key)
        change(&configuration)
        return try TLSScene(configuration)
    }

    /// Connects a client that has not begun its handshake.
    /// - Parameters:
    ///   - receiveBuffer: bytes that the system keeps for the client.
    ///   - sendBuffer: bytes that the system keeps for the server's end.
    func connectPlain(
        echoes: Bool = true, receiveBuffer: Int32? = nil, sendBuffer: Int32? = nil, loop index: Int = 0
    ) async throws -> (TCPTestClient, TLSServerEnd) {
        let (client, fd) = try await Self.pair(receiveBuffer: receiveBuffer)
        if var size = sendBuffer {
            unsafe setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        let loop = group.loops[index]
        let session = context.makeSession()
        let end: TLSServerEnd = try await withCheckedThrowingContinuation { continuation in
            loop.execute {
                continuation.resume(
                    with: Result {
                        let tcp = try TCPConnection(loop: loop, fd: fd, tls: session)
                        let end = TLSServerEnd(tcp, echoes: echoes)
                        tcp.start(end)
                        return end
                    })
            }
        }
        return (client, end)
    }

    /// Connects a client and plays its handshake.
    func connect(
        _ settings: TLSTestSettings = TLSTestSettings(), echoes: Bool = true, receiveBuffer: Int32? = nil,
        sendBuffer: Int32? = nil
    ) async throws -> (TCPTestClient, TLSServerEnd) {
        let (client, end) = try await connectPlain(
            echoes: echoes, receiveBuffer: receiveBuffer, sendBuffer: sendBuffer)
        try await client.startTLS(settings)
        return (client, end)
    }

    /// The two ends of a TCP connection.
    private static func pair(receiveBuffer: Int32?) async throws -> (TCPTestClient, Int32) {
        let listener = TestSocket.make()
        defer { _ = close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe bind(listener, $0, length)
                _ = listen(listener, 1)
                _ = unsafe getsockname(listener, $0, &length)
            }
        }
        let port = Int(in_port_t(bigEndian: address.sin_port))
        let client = try await TCPTestClient.connect(port: port, receiveBuffer: receiveBuffer)
        let fd = TestSocket.accept(listener)
        _ = fcntl(fd, F_SETFL, O_NONBLOCK)
        return (client, fd)
    }
}

extension TCPTestClient {
    /// Waits for `count` bytes.
    func receive(_ count: Int) async throws -> [UInt8] {
        try await next("\(count) bytes") { $0.count >= count ? $0.take(count) : nil }
    }

    /// Waits for a text and nothing else.
    func receive(text: String) async throws -> Bool {
        try await receive(text.utf8.count) == Array(text.utf8)
    }
}
