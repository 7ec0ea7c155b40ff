internal import CUV

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// An address as `connect` takes it: of either internet family, or of a Unix socket.
struct SystemAddress {
    private var storage = sockaddr_storage()
    private var length: socklen_t = 0

    var family: Int32 { Int32(storage.ss_family) }

    /// The numeric address, without its port. Of an internet family.
    var host: String { SocketAddress(storage).host }

    /// Nil when `host` is a name.
    init?(numericHost host: String, port: Int) {
        let copied: SystemAddress?? = unsafe SocketAddress(host: host, port: port).withSystemAddress {
            unsafe SystemAddress($0, $1)
        }
        guard let copied, let copied else { return nil }
        self = copied
    }

    /// Nil when the path does not fit.
    init?(unixPath path: String) {
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, !bytes.contains(0), bytes.count < MemoryLayout<sockaddr_un>.size - offset else {
            return nil
        }
        unsafe withUnsafeMutableBytes(of: &storage) { raw in
            for (i, byte) in bytes.enumerated() { unsafe raw[offset + i] = byte }
        }
        storage.ss_family = sa_family_t(AF_UNIX)
        length = socklen_t(offset + bytes.count + 1)
    }

    /// A copy; nil when it is longer than any that is known.
    fileprivate init?(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) {
        guard Int(length) <= MemoryLayout<sockaddr_storage>.size else { return nil }
        self.length = length
        unsafe withUnsafeMutableBytes(of: &storage) { raw in
            unsafe raw.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
        }
    }

    /// 0 when connected; otherwise -1 with `errno`.
    func connect(_ fd: Int32) -> Int32 {
        unsafe withUnsafePointer(to: storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                #if canImport(Glibc)
                    unsafe Glibc.connect(fd, address, length)
                #else
                    unsafe Darwin.connect(fd, address, length)
                #endif
            }
        }
    }

    /// Whether a socket has got itself at the other end. That happens to whoever connects again and again to a
    /// local port where nobody listens, once the kernel chooses that very port for this end; and then the one
    /// who ought to listen there cannot.
    static func isConnectedToItself(_ fd: Int32) -> Bool {
        var mine = sockaddr_storage()
        var theirs = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var otherLength = length
        let isKnown = unsafe withUnsafeMutablePointer(to: &mine) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(fd, $0, &length)
            }
        }
        let isOtherKnown = unsafe withUnsafeMutablePointer(to: &theirs) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getpeername(fd, $0, &otherLength)
            }
        }
        let family = Int32(mine.ss_family)
        guard isKnown == 0, isOtherKnown == 0, family == AF_INET || family == AF_INET6 else { return false }
        return SocketAddress(mine) == SocketAddress(theirs)
    }
}

/// One lookup of a name, which libuv does on a thread of its own pool.
@safe
final class NameLookup {
    // Proof of safety: `request` is allocated for the life of the object, which keeps itself until libuv has
    // called back; that happens exactly once for a lookup that began, a cancelled one included.

    private let request: UnsafeMutablePointer<uv_getaddrinfo_t>
    private let what: String
    private var done: ((Result<[SystemAddress], NetError>) -> Void)?

    /// Throws when the system refuses the name at once, and on a loop that has stopped.
    /// - Parameter done: called on the loop, unless `cancel` comes first.
    static func start(
        _ host: String, port: Int, on loop: EventLoop,
        _ done: @escaping (Result<[SystemAddress], NetError>) -> Void
    ) throws(NetError) -> NameLookup {
        let what = "look up \(host)"
        guard !loop.hasStopped else { throw .loopEnds(what) }
        let lookup = NameLookup(what, done)
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = POSIXSocket.stream
        unsafe hints.ai_family = AF_UNSPEC
        unsafe lookup.request.pointee.data = Unmanaged.passRetained(lookup).toOpaque()
        let status = unsafe uv_getaddrinfo(
            loop.handle, lookup.request,
            { request, status, found in
                // `!`: libuv passes the handle.
                let lookup = unsafe Unmanaged<NameLookup>.fromOpaque(request!.pointee.data)
                    .takeRetainedValue()
                lookup.finished(status, unsafe NameLookup.addresses(found))
                unsafe uv_freeaddrinfo(found)
            }, host, String(port), &hints)
        guard status == 0 else {
            unsafe Unmanaged.passUnretained(lookup).release()
            throw NetError(what, message: "no such host name")
        }
        return lookup
    }

    private init(_ what: String, _ done: @escaping (Result<[SystemAddress], NetError>) -> Void) {
        self.what = what
        self.done = done
        unsafe request = .allocate(capacity: 1)
        unsafe request.initialize(to: uv_getaddrinfo_t())
    }

    deinit { unsafe request.deallocate() }

    /// `done` is not called any more. A lookup that a thread has begun runs to its end, unheard.
    func cancel() {
        done = nil
        unsafe _ = uv_cancel(UnsafeMutableRawPointer(request).assumingMemoryBound(to: uv_req_t.self))
    }

    private func finished(_ status: Int32, _ addresses: [SystemAddress]) {
        let done = exchange(&done, with: nil)
        done?(status == 0 ? .success(addresses) : .failure(NetError(what, errno: status)))
    }

    private static func addresses(_ first: UnsafeMutablePointer<addrinfo>?) -> [SystemAddress] {
        var addresses: [SystemAddress] = []
        var next = unsafe first
        while let entry = unsafe next {
            if let address = unsafe entry.pointee.ai_addr,
                let copy = unsafe SystemAddress(address, entry.pointee.ai_addrlen)
            {
                addresses.append(copy)
            }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }
}
