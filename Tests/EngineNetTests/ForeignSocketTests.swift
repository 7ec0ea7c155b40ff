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
}
