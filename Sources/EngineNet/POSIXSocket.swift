internal import CUV

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The system calls on sockets, with what differs between Linux and macOS in one place.
enum POSIXSocket {
    #if canImport(Glibc)
        static let stream = Int32(SOCK_STREAM.rawValue)
        static let noSignal = Int32(MSG_NOSIGNAL)
        static let notSentLowWater = TCP_NOTSENT_LOWAT
    #else
        static let stream = SOCK_STREAM
        static let noSignal: Int32 = 0
        static let notSentLowWater = TCP_NOTSENT_LOWAT
    #endif

    /// A socket that does not block and is not inherited; throws with the system's reason.
    static func make(_ family: Int32, for attempt: String) throws(NetError) -> Int32 {
        #if canImport(Glibc)
            // At once: a child that starts between two calls would inherit it.
            let fd = socket(family, stream | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #else
            let fd = socket(family, stream, 0)
        #endif
        guard fd >= 0 else { throw NetError(attempt, errno: errno) }
        #if !canImport(Glibc)
            setUp(fd)
        #endif
        return fd
    }

    #if !canImport(Glibc)
        private static func setUp(_ fd: Int32) {
            _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
            _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
            setOption(fd, SOL_SOCKET, SO_NOSIGPIPE)
        }
    #endif

    @discardableResult
    static func setOption(_ fd: Int32, _ level: Int32, _ name: Int32, _ value: Int32 = 1) -> Bool {
        var value = value
        return unsafe setsockopt(fd, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
    }

    /// The next connection that waits on a listener, or -1 with `errno`.
    static func accept(_ listener: Int32, _ address: inout sockaddr_storage) -> Int32 {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                #if canImport(Glibc)
                    let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
                    return unsafe CUV.accept4(listener, pointer, &length, flags)
                #else
                    let fd = unsafe Darwin.accept(listener, pointer, &length)
                    if fd >= 0 { setUp(fd) }
                    return fd
                #endif
            }
        }
    }

    /// Sends what the socket takes at once, and closes it.
    static func sendAndClose(_ fd: Int32, _ bytes: [UInt8]) {
        _ = unsafe send(fd, bytes, bytes.count, noSignal)
        closeDescriptor(fd)
    }

    /// The error that waits on a socket, 0 if none.
    static func pendingError(_ fd: Int32) -> Int32 {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 else { return errno }
        return error
    }

    static func wouldBlock(_ error: Int32) -> Bool {
        error == EAGAIN || error == EWOULDBLOCK || error == EINTR
    }
}

/// Closes a descriptor; a free function, because types here have a `close` of their own.
func closeDescriptor(_ fd: Int32) { _ = close(fd) }

/// Where a connection comes from or goes to.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// A numeric address, e.g. `127.0.0.1` or `::1`.
    public var host: String
    /// 1 to 65,535; 0 for any that is free, where one is to be bound.
    public var port: Int

    /// An address, not checked: what uses it does.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init(_ storage: sockaddr_storage) {
        var storage = storage
        var text = [CChar](repeating: 0, count: 64)
        if Int32(storage.ss_family) == AF_INET6 {
            (host, port) = unsafe withUnsafePointer(to: &storage) {
                unsafe $0.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                    unsafe uv_ip6_name(address, &text, text.count)
                    return unsafe (Self.text(text), Int(UInt16(bigEndian: address.pointee.sin6_port)))
                }
            }
        } else {
            (host, port) = unsafe withUnsafePointer(to: &storage) {
                unsafe $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                    unsafe uv_ip4_name(address, &text, text.count)
                    return unsafe (Self.text(text), Int(UInt16(bigEndian: address.pointee.sin_port)))
                }
            }
        }
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The address as the system takes it; nil when `host` is not numeric.
    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result? {
        var six = sockaddr_in6()
        if unsafe uv_ip6_addr(host, Int32(port), &six) == 0 {
            return unsafe withUnsafePointer(to: &six) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
        var four = sockaddr_in()
        guard unsafe uv_ip4_addr(host, Int32(port), &four) == 0 else { return nil }
        return unsafe withUnsafePointer(to: &four) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// `AF_INET` or `AF_INET6`.
    var family: Int32 { host.utf8.contains(UInt8(ascii: ":")) ? AF_INET6 : AF_INET }

    public var description: String { family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
