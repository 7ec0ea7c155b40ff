#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A client that sends bytes and waits for bytes, one thread, no timeouts: so the server's turns are the same each time.
final class LoopbackClient {
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    /// The place in the buffer of what has come and was not asked for yet.
    private var unread = 0..<0

    /// Connects to a port of this machine.
    init(port: Int) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw CaseFailure("cannot connect: \(errno)") }
        var on: Int32 = 1
        unsafe _ = setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    /// Sends in one call.
    func send(_ bytes: [UInt8]) throws {
        guard unsafe write(descriptor, bytes, bytes.count) == bytes.count else {
            throw CaseFailure("cannot send: \(errno)")
        }
    }

    /// Waits for so many bytes; at most as many as the buffer has.
    func receive(_ count: Int) throws -> ArraySlice<UInt8> {
        while unread.count < count { try receiveMore() }
        let end = unread.lowerBound + count
        defer { unread = end..<unread.upperBound }
        return buffer[unread.lowerBound..<end]
    }

    /// Waits for an HTTP head: all up to the empty line.
    func receiveHead() throws -> String {
        let end = Array("\r\n\r\n".utf8)
        var head: [UInt8] = []
        repeat { head += try receive(1) } while !head.suffix(end.count).elementsEqual(end)
        return String(decoding: head, as: UTF8.self)
    }

    /// Waits for a frame, of any opcode, and gives its payload.
    func receiveFrame() throws -> ArraySlice<UInt8> {
        let length = Int(try receive(2).last ?? 0)
        guard length >= 126 else { return try receive(length) }
        guard length == 126 else { throw CaseFailure("a frame is too long for this client") }
        return try receive(try receive(2).reduce(0) { $0 << 8 | Int($1) })
    }

    /// Waits for the end of the connection.
    func receiveEnd() throws {
        do { while true { try receiveMore() } } catch is Ended {}
    }

    private struct Ended: Error {}

    private func receiveMore() throws {
        if unread.isEmpty { unread = 0..<0 }
        let end = unread.upperBound
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe read(descriptor, buffer.baseAddress.map { unsafe $0 + end }, buffer.count - end)
        }
        guard count > 0 else { throw Ended() }
        unread = unread.lowerBound..<(end + count)
    }
}

extension LoopbackClient {
    /// A client with a WebSocket, in the namespace `/`.
    static func joined(_ server: LoopbackServer, _ namespace: String = "/") throws -> LoopbackClient {
        let client = try LoopbackClient(port: server.port)
        try client.send(Array(upgrade.utf8))
        guard try client.receiveHead().hasPrefix("HTTP/1.1 101") else {
            throw CaseFailure("the server refuses the WebSocket")
        }
        _ = try client.receiveFrame()
        try client.send(.clientFrame(namespace == "/" ? "40" : "40\(namespace),"))
        guard try client.receiveFrame().starts(with: "40".utf8) else {
            throw CaseFailure("the server refuses the namespace")
        }
        return client
    }

    private static let upgrade =
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
        + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n"
}
