internal import CUV

/// A socket whose readiness its loop watches: what listeners and connections have in common.
///
/// The handle keeps its owner alive until libuv has let go of it.
@safe
package class PolledSocket {
    // Proof of safety: `poll` is allocated for the life of the object; libuv's last use of it is the close
    // callback, which releases the reference that `init` retained.

    package final let loop: EventLoop
    @safe @exclusivity(unchecked) final var fd: Int32
    private final let poll: UnsafeMutablePointer<uv_poll_t>
    private final var events: Int32 = 0

    /// Takes over the descriptor, also when it throws: then it is closed. Call on the loop.
    init(loop: EventLoop, fd: Int32) throws(NetError) {
        loop.preconditionIsCurrent()
        self.loop = loop
        self.fd = fd
        unsafe poll = .allocate(capacity: 1)
        let attempt = "watch a socket"
        guard !loop.hasStopped else {
            closeDescriptor(fd)
            throw .loopEnds(attempt)
        }
        let status = unsafe uv_poll_init_socket(loop.handle, poll, fd)
        guard status == 0 else {
            closeDescriptor(fd)
            throw NetError(attempt, errno: status)
        }
        unsafe poll.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    deinit { unsafe poll.deallocate() }

    /// Called on the loop when the socket is ready, or with a negative status when it failed.
    func polled(status: Int32, readable: Bool, writable: Bool) {}

    /// Called when the loop ends: the socket must be closed.
    func loopStops() {}

    /// Sets what to wait for.
    final func watch(readable: Bool, writable: Bool) {
        guard fd >= 0 else { return }
        let wanted =
            (readable ? Int32(UV_READABLE.rawValue) : 0) | (writable ? Int32(UV_WRITABLE.rawValue) : 0)
        guard wanted != events else { return }
        events = wanted
        guard wanted != 0 else {
            unsafe uv_poll_stop(poll)
            return
        }
        unsafe uv_poll_start(poll, wanted) { handle, status, events in
            // Kept for the length of the callback: the owner may close itself.
            // `!`: libuv passes the handle.
            let socket = unsafe Unmanaged<PolledSocket>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
            socket.loop.turnBegins()
            socket.polled(
                status: status, readable: events & Int32(UV_READABLE.rawValue) != 0,
                writable: events & Int32(UV_WRITABLE.rawValue) != 0)
        }
    }

    /// Stops watching and gives the descriptor to the caller, who closes it or hands it on.
    final func takeDescriptor() -> Int32 {
        // Closing the handle stops it; to stop it before is one more system call.
        unsafe uv_close(UnsafeMutableRawPointer(poll).assumingMemoryBound(to: uv_handle_t.self)) { handle in
            // `!`: libuv passes the handle.
            unsafe Unmanaged<PolledSocket>.fromOpaque(handle!.pointee.data).release()
        }
        return exchange(&fd, with: -1)
    }

    /// Tells all sockets of a loop that it ends.
    static func stopAll(on loop: EventLoop) {
        unsafe uv_walk(
            loop.handle,
            { handle, _ in
                guard let handle = unsafe handle, unsafe uv_handle_get_type(handle) == UV_POLL,
                    unsafe uv_is_closing(handle) == 0
                else { return }
                unsafe Unmanaged<PolledSocket>.fromOpaque(handle.pointee.data).takeUnretainedValue()
                    .loopStops()
            }, nil)
    }
}
