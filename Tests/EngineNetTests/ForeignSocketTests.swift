import EngineNet
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("What C libraries on a loop need")
struct ForeignSocketTests {
    @Test func `a name has addresses, and an address is no name`() async throws {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let loop = group.loops[0]
        let keeper = LoopBound<HostLookup>(loop: loop)
        let found: Result<[String], NetError> = await withCheckedContinuation { continuation in
            loop.execute {
                do throws(NetError) {
                    keeper.set(try HostLookup("localhost", on: loop) { continuation.resume(returning: $0) })
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        let addresses = try found.get()
        #expect(addresses.contains("127.0.0.1") || addresses.contains("::1"))
        #expect(addresses.allSatisfy { HostLookup.isNumeric($0) })
        #expect(!HostLookup.isNumeric("localhost"))
    }

    @Test func `a watched socket tells when it is ready, also when its owner has closed it`() async throws {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let loop = group.loops[0]
        var ends: [Int32] = [-1, -1]
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        #expect(unsafe socketpair(AF_UNIX, type, 0, &ends) == 0)
        let (mine, theirs) = (ends[0], ends[1])
        let heard = Journal<String>()
        let keeper = LoopBound<WatchedSocket>(loop: loop)
        let begun: Bool = await withCheckedContinuation { continuation in
            loop.execute {
                let socket = try? WatchedSocket(duplicating: mine, on: loop) { readable, writable in
                    heard.append("\(readable) \(writable)")
                    keeper.get()?.wait(readable: true, writable: false)
                    if readable { keeper.get()?.close() }
                }
                socket?.wait(readable: true, writable: true)
                keeper.set(socket)
                continuation.resume(returning: socket != nil)
            }
        }
        #expect(begun)
        #expect(await heard.waitFor(1) == ["false true"])
        close(mine)
        unsafe _ = write(theirs, "x", 1)
        #expect(await heard.waitFor(2) == ["false true", "true false"])
        close(theirs)
    }

    @Test func `a connection that was reset tells of it until all is read`() async throws {
        let group = EventLoopGroup(count: 1)
        defer { group.stop() }
        let loop = group.loops[0]
        let (mine, theirs) = try tcpPair()
        unsafe _ = write(theirs, "x", 1)
        // Closed without waiting: the other end gets a reset, which libuv tells once.
        var noWait = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(theirs, SOL_SOCKET, SO_LINGER, &noWait, socklen_t(MemoryLayout<linger>.size))
        close(theirs)
        let heard = Journal<Int>()
        let keeper = LoopBound<WatchedSocket>(loop: loop)
        loop.execute {
            let socket = try? WatchedSocket(duplicating: mine, on: loop) { _, _ in
                var byte: UInt8 = 0
                let count = unsafe read(mine, &byte, 1)
                heard.append(count)
                if count != 1 { keeper.get()?.close() }
            }
            socket?.wait(readable: true, writable: false)
            keeper.set(socket)
        }
        #expect(await heard.waitFor(2) == [1, -1])
        close(mine)
    }

    /// Both ends of a connection.
    private func tcpPair() throws -> (Int32, Int32) {
        let (listener, mine) = (TestSocket.make(), TestSocket.make())
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, length) | listen(listener, 1) | getsockname(listener, $0, &length)
                    | connect(mine, $0, length)
            }
        }
        let theirs = TestSocket.accept(listener)
        try #require(status == 0 && theirs >= 0)
        return (mine, theirs)
    }
}
