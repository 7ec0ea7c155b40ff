#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The system's threads, with what differs between Linux and macOS in one place.
@safe
package struct POSIXThread: @unchecked Sendable {
    // Proof of sendability and safety: `id` is a name, a pointer on macOS, that only the system looks behind.
    private let id: pthread_t?

    /// Starts a thread; nil when the system has no more.
    package static func start(_ body: @escaping @Sendable () -> Void) -> POSIXThread? {
        let context = unsafe Unmanaged.passRetained(Body(body))
        var id = pthread_t(bitPattern: 0)
        let status = unsafe pthread_create(
            &id, nil,
            { context in
                #if canImport(Glibc)
                    // `!`: the context is what `pthread_create` was given.
                    unsafe Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                #else
                    unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                #endif
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            unsafe context.release()
            return nil
        }
        return POSIXThread(id: id)
    }

    /// Waits for the thread's end. Either this or `detach`, once.
    package func join() {
        if let id { pthread_join(id, nil) }
    }

    /// Has the system forget the thread when it ends.
    package func detach() {
        if let id { pthread_detach(id) }
    }

    /// A number of the caller's thread, never 0. The system uses it again when the thread has ended.
    @inline(__always)
    static var current: UInt {
        #if canImport(Glibc)
            UInt(pthread_self())
        #else
            unsafe UInt(bitPattern: pthread_self())
        #endif
    }

    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
