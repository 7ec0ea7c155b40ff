internal import CUV

/// Calls back on a loop when the process gets a signal.
@safe
package final class SignalWatch {
    private let handle: UnsafeMutablePointer<uv_signal_t>
    private let action: () -> Void

    /// Watches `signal` until the loop stops. Call on the loop.
    package static func start(_ signal: Int32, on loop: EventLoop, _ action: @escaping () -> Void) {
        guard !loop.hasStopped else { return }
        let watch = SignalWatch(signal, loop, action)
        loop.whenStopping { watch.stop() }
    }

    private init(_ signal: Int32, _ loop: EventLoop, _ action: @escaping () -> Void) {
        self.action = action
        unsafe handle = .allocate(capacity: 1)
        unsafe uv_signal_init(loop.handle, handle)
        unsafe handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        unsafe uv_signal_start(
            handle,
            { handle, _ in
                // `!`: libuv passes the handle.
                unsafe Unmanaged<SignalWatch>.fromOpaque(handle!.pointee.data).takeUnretainedValue().action()
            }, signal)
    }

    deinit { unsafe handle.deallocate() }

    private func stop() {
        unsafe uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)) { handle in
            // `!`: libuv passes the handle.
            unsafe Unmanaged<SignalWatch>.fromOpaque(handle!.pointee.data).release()
        }
    }
}
