import Foundation

/// Sockets that no child inherits: one that did would keep the connection open after its end here.
package enum TestSocket {
    /// A TCP socket, or -1 with `errno`.
    package static func make() -> Int32 {
        #if canImport(Glibc)
            return socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            return descriptor
        #endif
    }

    /// The next connection of a listener, which is waited for.
    package static func accept(_ listener: Int32) -> Int32 {
        let descriptor = Foundation.accept(listener, nil, nil)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }
}
