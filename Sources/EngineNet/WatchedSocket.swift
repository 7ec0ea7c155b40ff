#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Watches a socket that a C library owns.
///
/// What the loop watches is a duplicate of the descriptor: the library may close its own at any time, and the system
/// give the number to another socket at once, without the loop taking one for the other. The connection ends when
/// both are closed.
package final class WatchedSocket: PolledSocket {
    /// Nil once closed.
    private var onReady: ((_ readable: Bool, _ writable: Bool) -> Void)?
    private var wanted = (readable: false, writable: false)

    /// On the loop. It watches nothing before `wait`.
    /// - Parameter onReady: called on the loop. A socket that failed is told to be ready for all, so that the library
    ///   finds the error.
    package init(
        duplicating fd: Int32, on loop: EventLoop,
        onReady: @escaping (_ readable: Bool, _ writable: Bool) -> Void
    ) throws(NetError) {
        let duplicate = fcntl(fd, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { throw NetError("watch a socket", errno: errno) }
        self.onReady = onReady
        try super.init(loop: loop, fd: duplicate)
    }

    /// Sets what to wait for.
    package func wait(readable: Bool, writable: Bool) {
        wanted = (readable, writable)
        watch(readable: readable, writable: writable)
    }

    /// Ends the watch. `onReady` is not called any more.
    package func close() {
        onReady = nil
        guard fd >= 0 else { return }
        closeDescriptor(takeDescriptor())
    }

    override func polled(status: Int32, readable: Bool, writable: Bool) {
        if status < 0 {
            // libuv has stopped watching; but the error is found only when all that came before it is read.
            watch(readable: false, writable: false)
            watch(readable: wanted.readable, writable: wanted.writable)
        }
        onReady?(readable || status < 0, writable || status < 0)
    }

    override func loopStops() { close() }
}
