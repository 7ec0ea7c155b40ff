import Foundation
import TestSupport

/// A port on which connections are made and nothing is ever said.
final class SilentListener {
    struct Failed: Error {}

    let port: Int
    private let fd: Int32

    init() throws {
        fd = TestSocket.make()
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = fd
        let status = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(fd, $0, length) | listen(fd, 16) | getsockname(fd, $0, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard status == 0 else { throw Failed() }
    }

    deinit { close(fd) }
}
